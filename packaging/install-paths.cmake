# Run by the installation: the unit, which names our paths; the options' file, which is left alone when it is there; what
# zsh looks for in one folder of the system's packages and in another of the machine's own programs.
set(bindir ${CMAKE_INSTALL_PREFIX}/bin)
if(CMAKE_INSTALL_PREFIX MATCHES "^/usr(/local)?/?$")
	set(sysconfdir /etc)
else()
	set(sysconfdir ${CMAKE_INSTALL_PREFIX}/etc)
endif()
if(CMAKE_INSTALL_PREFIX MATCHES "^/usr/?$")
	set(zsh vendor-completions)
else()
	set(zsh site-functions)
endif()

# in a folder of its own: two installations of one build may run side by side
string(RANDOM LENGTH 12 scratch)
configure_file(${packaging}/systemd/sluiced.service.in ${built}/${scratch}/sluiced.service @ONLY)
file(INSTALL ${built}/${scratch}/sluiced.service DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/systemd/system)
file(REMOVE_RECURSE ${built}/${scratch})
if(NOT EXISTS $ENV{DESTDIR}${sysconfdir}/sluice/sluiced.yaml)
	file(INSTALL ${packaging}/sluiced.yaml DESTINATION ${sysconfdir}/sluice)
endif()
file(INSTALL ${built}/completion.zsh DESTINATION ${CMAKE_INSTALL_PREFIX}/share/zsh/${zsh} RENAME _sluiced)
