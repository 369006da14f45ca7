# Puts the files of a folder into a C file, byte by byte: cmake -DFOLDER=… -DOUTPUT=… -P migrations.cmake
# Their names are their versions: 0001.sql, 0002.sql …, without a gap.
file(GLOB files ${FOLDER}/*.sql)
list(SORT files)
set(arrays "")
set(list "")
set(version 0)
foreach(file ${files})
	math(EXPR version "${version} + 1")
	get_filename_component(name ${file} NAME_WE)
	if(NOT name MATCHES "^0*${version}$")
		message(FATAL_ERROR "${file}: expected the migration to version ${version}")
	endif()
	file(READ ${file} bytes HEX)
	string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
	string(APPEND arrays "static const char migration_${version}[] = {${bytes}0};\n")
	string(APPEND list "\tmigration_${version},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"supervisor/store/migrate.h\"\n\n${arrays}
const char *const store_migrations[] = {\n${list}};
const size_t store_migration_count = ${version};\n")
