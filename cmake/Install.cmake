# What `cmake --install` puts in place: the binary, its units, the pages people read. Nothing goes to /etc: a
# configuration is its owner's.
include(GNUInstallDirs)
install(TARGETS flagsmith-webhookd RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES docs/flagsmith-webhookd.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN "*.svg")

# The units name the binary where it is really put, which only the installation knows (cmake --install --prefix).
install(CODE "set(units_from \"${PROJECT_SOURCE_DIR}/config\")
set(made \"${PROJECT_BINARY_DIR}/installed\")
set(docdir \"${CMAKE_INSTALL_DOCDIR}\")
set(binary \"$<TARGET_FILE:flagsmith-webhookd>\")
set(bindir \"${CMAKE_INSTALL_BINDIR}\")")
install(CODE [[
foreach(unit flagsmith-webhookd.service flagsmith-webhookd.socket)
  file(READ "${units_from}/${unit}" text)
  string(REPLACE "/usr/bin/flagsmith-webhookd" "${CMAKE_INSTALL_PREFIX}/${bindir}/flagsmith-webhookd" text "${text}")
  file(WRITE "${made}/${unit}" "${text}")
  file(INSTALL "${made}/${unit}" DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/systemd/system")
endforeach()
# The example is made from the fields that the program reads.
file(MAKE_DIRECTORY "${made}")
execute_process(COMMAND "${binary}" config example OUTPUT_FILE "${made}/config.toml" COMMAND_ERROR_IS_FATAL ANY)
file(INSTALL "${made}/config.toml" DESTINATION "${CMAKE_INSTALL_PREFIX}/${docdir}/examples")
]])
