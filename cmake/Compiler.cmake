# Warnings, hardening and sanitizers, once, for everything that is compiled here.
add_library(webhookd_compiler INTERFACE)
target_compile_options(webhookd_compiler INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wno-missing-field-initializers
  # g++ 12 reports these inside std::string and Boost where nothing is wrong (GCC bugs 105329, 105651, 107852).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds -Wno-stringop-overread>
  -g1)
if(WEBHOOKD_FUZZ)
  # -UNDEBUG: libraries check their preconditions too.
  target_compile_options(webhookd_compiler INTERFACE -O1 -UNDEBUG -fsanitize=fuzzer-no-link,address,undefined
    -fno-omit-frame-pointer -fno-sanitize-recover=all -fno-sanitize=vptr)
  target_link_options(webhookd_compiler INTERFACE -fsanitize=address,undefined)
elseif(WEBHOOKD_SANITIZE)
  target_compile_options(webhookd_compiler INTERFACE -O1 -fsanitize=${WEBHOOKD_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  if(NOT WEBHOOKD_SANITIZE STREQUAL "thread")
    # fmt and Boost compare types of objects across shared libraries, which the vptr check takes for an error.
    target_compile_options(webhookd_compiler INTERFACE -fno-sanitize=vptr)
  endif()
  target_link_options(webhookd_compiler INTERFACE -fsanitize=${WEBHOOKD_SANITIZE})
else()
  target_compile_options(webhookd_compiler INTERFACE
    -fstack-protector-strong -fstack-clash-protection -fcf-protection $<$<CONFIG:Release>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
  target_link_options(webhookd_compiler INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()
