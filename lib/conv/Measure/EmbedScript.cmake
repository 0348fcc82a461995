# Writes OUTPUT, the C++ string kModelPeerScript that holds the text of SCRIPT.
file(READ ${SCRIPT} text)
file(WRITE ${OUTPUT} "static constexpr llvm::StringLiteral
    kModelPeerScript(R\"py(${text})py\");\n")
