# `cpack -G DEB --config build/release/CPackConfig.cmake`: a package of what `cmake --install` puts below /usr.
set(CPACK_PACKAGE_NAME sluice)
set(CPACK_PACKAGE_CONTACT "Sluice maintainers <maintainers@sluice.example>")
set(CPACK_PACKAGE_DESCRIPTION "Sluice turns the network flows that Skydive captures into flow-log
objects, in files or in S3 stores, for many tenants at once. It runs the
configuration files of the Skydive Flow Exporter unchanged, and accounts
for every flow.
.
This package has the supervisor with its REST API, as a service, and the
commands that run pipelines without it.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
	WORLD_EXECUTE)

# What the executables are linked with is found. libcurl is loaded (docs/adr/0004); kill(1) reloads the service.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, libcurl4, procps")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "curl, jq")

set(debian ${CMAKE_CURRENT_SOURCE_DIR}/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${debian}/conffiles ${debian}/postinst ${debian}/prerm ${debian}/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# what Debian wants in a package's folder of documentation
execute_process(COMMAND date -u -R -d ${SLUICE_DATE} OUTPUT_VARIABLE changelog_date OUTPUT_STRIP_TRAILING_WHITESPACE)
configure_file(debian/changelog.in changelog @ONLY)
add_custom_command(OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/changelog
	COMMAND gzip -9nkf ${CMAKE_CURRENT_BINARY_DIR}/changelog)
add_custom_target(package-changelog ALL DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz debian/copyright DESTINATION ${doc})

include(CPack)
