-- Posts the bodies of BODIES (a line each: signature, tab, body) in turn to PATH, as fast as the server answers.
-- CLOSE=1 asks for a new connection each time, as Flagsmith makes one.
local requests = {}
local at = 0

function init(args)
  local path, close = os.getenv("BENCH_PATH"), os.getenv("BENCH_CLOSE") == "1"
  for line in io.lines(os.getenv("BENCH_BODIES")) do
    local signature, body = line:match("^(%x+)\t(.*)$")
    local headers = {
      ["User-Agent"] = "python-requests/2.33.0",
      ["Accept-Encoding"] = "gzip, deflate",
      ["Accept"] = "*/*",
      ["content-type"] = "application/json",
      ["X-Flagsmith-Signature"] = signature,
    }
    if close then headers["Connection"] = "close" end
    requests[#requests + 1] = wrk.format("POST", path, headers, body)
  end
  at = math.random(#requests)
end

function request()
  at = at % #requests + 1
  return requests[at]
end
