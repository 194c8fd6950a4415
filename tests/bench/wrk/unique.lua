-- Posts one body again and again to PATH, each time with another number in the place of "@@@@@@", signed with SECRET: events of
-- kinds of which the same content counts only once. The numbers begin at BENCH_START.
local ffi = require("ffi")
ffi.cdef [[
typedef struct evp_md_st EVP_MD;
const EVP_MD *EVP_sha256(void);
unsigned char *HMAC(const EVP_MD *digest, const void *key, int key_length, const char *data, size_t length, unsigned char *out, unsigned int *out_length);
]]
local crypto = ffi.load("crypto")
local digest, tag, hex = crypto.EVP_sha256(), ffi.new("unsigned char[32]"), {}
for byte = 0, 255 do hex[byte] = string.format("%02x", byte) end

local secret, head, before, after, number
local digits = {}

function init(args)
  local path = os.getenv("BENCH_PATH")
  secret, number = os.getenv("BENCH_SECRET"), tonumber(os.getenv("BENCH_START"))
  local file = io.open(os.getenv("BENCH_BODIES"))
  local body = file:read("*a")
  file:close()
  before, after = body:match("^(.-)@@@@@@(.*)$")
  local length = #body
  if not before then before, after = body, nil end
  head = "POST " .. path .. " HTTP/1.1\r\nHost: bench\r\nUser-Agent: python-requests/2.33.0\r\nAccept-Encoding: gzip, deflate\r\n" ..
    "Accept: */*\r\ncontent-type: application/json\r\nContent-Length: " .. length .. "\r\nX-Flagsmith-Signature: "
end

function request()
  local body = before
  if after then
    body = string.format("%s%06d%s", before, number, after)
    number = number + 1
  end
  crypto.HMAC(digest, secret, #secret, body, #body, tag, nil)
  for i = 0, 31 do digits[i + 1] = hex[tag[i]] end
  return head .. table.concat(digits) .. "\r\n\r\n" .. body
end
