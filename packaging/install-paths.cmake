# Run by the installation: the unit, which names our paths, and the options' file, which is left alone when it is there.
set(bindir ${CMAKE_INSTALL_PREFIX}/bin)
if(CMAKE_INSTALL_PREFIX MATCHES "^/usr(/local)?/?$")
	set(sysconfdir /etc)
else()
	set(sysconfdir ${CMAKE_INSTALL_PREFIX}/etc)
endif()

# in a folder of its own: two installations of one build may run side by side
string(RANDOM LENGTH 12 scratch)
configure_file(${packaging}/systemd/sluiced.service.in ${built}/${scratch}/sluiced.service @ONLY)
file(INSTALL ${built}/${scratch}/sluiced.service DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/systemd/system)
file(REMOVE_RECURSE ${built}/${scratch})
if(NOT EXISTS $ENV{DESTDIR}${sysconfdir}/sluice/sluiced.yaml)
	file(INSTALL ${packaging}/sluiced.yaml DESTINATION ${sysconfdir}/sluice)
endif()
