# Writes OUTPUT, a table of the JSON files in DIRECTORY by name, as C++.
file(GLOB files ${DIRECTORY}/*.json ${DIRECTORY}/forms/*.json)
list(SORT files)
set(text "namespace {\nstruct EmbeddedNet {\n  llvm::StringRef name, json;\n};\n} // namespace\n")
string(APPEND text "static const EmbeddedNet kEmbeddedNets[] = {\n")
foreach(file ${files})
  get_filename_component(name ${file} NAME_WE)
  string(APPEND text "    {\"${name}\",\n")
  # One literal per line: easier to read, and pedantic compilers limit their
  # length.
  file(READ ${file} content)
  string(REPLACE "\\" "\\\\" content "${content}")
  string(REPLACE "\"" "\\\"" content "${content}")
  string(REPLACE "\n" "\\n\"\n     \"" content "${content}")
  string(APPEND text "     \"${content}\"},\n")
endforeach()
string(APPEND text "};\n")
file(WRITE ${OUTPUT} "${text}")
