//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Execution/Header.h"

#include "conv/Execution/Identifiers.h"
#include "conv/Memory/Passes.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;
using namespace mlir::conv;

/// The C type of an element. C has no name everywhere for 16-bit floats.
static std::string getCType(const ArgumentInfo &argument) {
  std::string bits = std::to_string(argument.bits);
  switch (argument.code) {
  case ElementCode::Int:
    return "int" + bits + "_t";
  case ElementCode::UInt:
    return "uint" + bits + "_t";
  case ElementCode::Bool:
    return "uint8_t";
  case ElementCode::BFloat:
    return "uint16_t";
  case ElementCode::Float:
    return argument.bits == 64   ? "double"
           : argument.bits == 32 ? "float"
                                 : "uint16_t";
  }
  llvm_unreachable("unknown element code");
}

/// The extents of `argument`; those that only callers know are `unknown`.
static std::string getDimensions(const ArgumentInfo &argument,
                                 StringRef separator, StringRef unknown) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(
      argument.shape, os,
      [&](int64_t extent) {
        if (extent == kUnknownExtent)
          os << unknown;
        else
          os << extent;
      },
      separator);
  return text;
}

static std::string getMacroName(StringRef name) {
  std::string macro = name.upper();
  for (char &c : macro)
    if (!llvm::isAlnum(c))
      c = '_';
  return macro;
}

namespace {
/// One parameter of a declaration.
struct Parameter {
  const ArgumentInfo *info;
  std::string name;
};
} // namespace

/// What is added to the symbol of `function` for what stands beside it.
static SmallVector<StringRef> getEndings(const FunctionInfo &function) {
  SmallVector<StringRef> endings = {"", kWorkspaceSizeSuffix, "_malloc"};
  if (function.numSizes() > 0)
    endings.push_back(kResultSizesSuffix);
  return endings;
}

/// Parameters are called what the model calls them, or else by their place.
static SmallVector<Parameter> getParameters(const FunctionInfo &function) {
  // A parameter must not hide a function that is called beside it, and the
  // macros of two must differ.
  IdentifierPool pool;
  llvm::StringSet<> macros;
  for (StringRef ending : getEndings(function))
    pool.reserve(function.symbol + ending.str());
  if (function.numSizes() > 0)
    for (const char *name : {"sizes", "result_sizes", "workspace"})
      pool.reserve(name);
  auto choose = [&](const ArgumentInfo &info, const char *stem, size_t index) {
    if (info.name.empty())
      return stem + std::to_string(index);
    std::string name = pool.take(info.name);
    while (!macros.insert(getMacroName(name)).second)
      name = pool.take(info.name);
    return name;
  };
  SmallVector<Parameter> parameters;
  for (auto [i, argument] : llvm::enumerate(function.arguments))
    parameters.push_back({&argument, choose(argument, "arg", i)});
  for (auto [i, result] : llvm::enumerate(function.results))
    parameters.push_back({&result, choose(result, "result", i)});
  return parameters;
}

static std::string getDeclarators(ArrayRef<Parameter> parameters) {
  std::string text;
  for (const Parameter &parameter : parameters) {
    if (!parameter.info->scalar && parameter.info->role == ArgumentRole::Input)
      text += "const ";
    text += getCType(*parameter.info);
    text += parameter.info->scalar ? " " : " *";
    text += parameter.name + ", ";
  }
  return text;
}

/// The start of the macros of each function. Symbols may differ in case only,
/// or look like another's macro.
static std::vector<std::string>
getMacroNames(ArrayRef<FunctionInfo> functions) {
  IdentifierPool pool;
  for (const FunctionInfo &function : functions)
    for (StringRef ending : getEndings(function))
      pool.reserve(function.symbol + ending.str());
  std::vector<std::string> names;
  for (const FunctionInfo &function : functions) {
    std::vector<std::string> endings = {"_WORKSPACE_BYTES"};
    if (function.numSizes() > 0)
      endings = {"_SIZES", "_RESULT_SIZES"};
    for (const Parameter &parameter : getParameters(function))
      for (const char *what : {"_SHAPE", "_SIZE"})
        endings.push_back("_" + getMacroName(parameter.name) + what);
    SmallVector<StringRef> refs(endings.begin(), endings.end());
    names.push_back(pool.take(getMacroName(function.symbol), refs));
  }
  return names;
}

/// `text` as it can stand in a comment.
static std::string escapeComment(StringRef text) {
  std::string escaped;
  llvm::raw_string_ostream os(escaped);
  llvm::printEscapedString(text, os);
  for (size_t i = 1; i < escaped.size(); ++i)
    if ((escaped[i - 1] == '*' && escaped[i] == '/') ||
        (escaped[i - 1] == '/' && escaped[i] == '*'))
      escaped.insert(i, " ");
  return escaped;
}

/// Macros of the shapes of parameters.
static void writeShapes(llvm::raw_ostream &os, ArrayRef<Parameter> parameters,
                        StringRef macro) {
  for (const Parameter &parameter : parameters) {
    const ArgumentInfo &info = *parameter.info;
    if (info.scalar)
      continue;
    std::string name = (macro + "_" + getMacroName(parameter.name)).str();
    os << "#define " << name << "_SHAPE {" << getDimensions(info, ", ", "-1")
       << "}\n";
    if (info.numUnknown() == 0)
      os << "#define " << name << "_SIZE " << info.numElements() << "\n";
  }
}

/// "image[0], image[2]": the extents that the types of `parameters` of this
/// role do not say, in order.
static std::string listUnknown(ArrayRef<Parameter> parameters, bool isOutput) {
  std::string text;
  for (const Parameter &parameter : parameters) {
    if ((parameter.info->role == ArgumentRole::Output) != isOutput)
      continue;
    for (auto [i, extent] : llvm::enumerate(parameter.info->shape))
      if (extent == kUnknownExtent)
        text += (text.empty() ? "" : ", ") + parameter.name + "[" +
                std::to_string(i) + "]";
  }
  return text.empty() ? "nothing" : text;
}

/// Declares what says the sizes of a call before it.
static void writeSizeFunctions(llvm::raw_ostream &os,
                               const FunctionInfo &function,
                               ArrayRef<Parameter> parameters, StringRef macro,
                               const HeaderOptions &options) {
  if (function.numSizes() == 0) {
    if (!options.dispatch)
      os << "#define " << macro << "_WORKSPACE_BYTES "
         << function.workspaceBytes << "\n";
    os << "\n/** Bytes of workspace a call of " << function.symbol
       << "() needs. */\n"
       << "int64_t " << function.symbol << kWorkspaceSizeSuffix << "(void);\n";
    return;
  }
  os << "#define " << macro << "_SIZES " << function.numSizes() << "\n"
     << "#define " << macro << "_RESULT_SIZES " << function.numResultSizes()
     << "\n"
     << "\n/** Writes the sizes of the results, "
     << listUnknown(parameters, /*isOutput=*/true)
     << ",\n    to result_sizes, from the extents "
     << listUnknown(parameters, /*isOutput=*/false)
     << ".\n    Returns 0, or 1 where these do not fit; such calls are not "
        "allowed. */\n"
     << "int32_t " << function.symbol << kResultSizesSuffix
     << "(const int64_t *sizes, int64_t *result_sizes);\n"
     << "\n/** Bytes of workspace a call of " << function.symbol
     << "() with these sizes needs. */\n"
     << "int64_t " << function.symbol << kWorkspaceSizeSuffix
     << "(const int64_t *sizes);\n";
}

/// Defines the function that allocates its workspace.
static void writeMallocFunction(llvm::raw_ostream &os,
                                const FunctionInfo &function,
                                ArrayRef<Parameter> parameters,
                                StringRef type) {
  bool isSized = function.numSizes() > 0;
  os << "#ifndef CONVOPT_NO_MALLOC\n"
     << "/** The same with a workspace from malloc(). Returns 0, or 1 when "
        "there is no\n    memory"
     << (isSized ? ", or 2 where the sizes do not fit" : "") << ". */\n"
     << "static inline int " << function.symbol << "_malloc(";
  std::string declarators = getDeclarators(parameters);
  if (isSized)
    declarators += "const int64_t *sizes, ";
  if (function.scalarResult)
    declarators += (type + " *scalar, ").str();
  os << (declarators.empty() ? StringRef("void")
                             : StringRef(declarators).drop_back(2))
     << ") {\n";
  if (isSized)
    os << "  int64_t result_sizes["
       << std::max<int64_t>(function.numResultSizes(), 1) << "];\n"
       << "  char *memory;\n"
       << "  if (" << function.symbol << kResultSizesSuffix
       << "(sizes, result_sizes))\n    return 2;\n"
       << "  memory = ";
  else
    os << "  char *memory = ";
  os << "(char *)malloc((size_t)" << function.symbol << kWorkspaceSizeSuffix
     << (isSized ? "(sizes)" : "()") << " + 63);\n"
     << "  if (!memory)\n    return 1;\n  ";
  if (function.scalarResult)
    os << "*scalar = ";
  os << function.symbol << '(';
  for (const Parameter &parameter : parameters)
    os << parameter.name << ", ";
  if (isSized)
    os << "sizes, ";
  os << "\n      (void *)(((uintptr_t)memory + 63) & ~(uintptr_t)63));\n"
     << "  free(memory);\n  return 0;\n}\n#endif\n\n";
}

static void writeFunction(llvm::raw_ostream &os, const FunctionInfo &function,
                          StringRef macro, const HeaderOptions &options) {
  SmallVector<Parameter> parameters = getParameters(function);
  std::string type =
      function.scalarResult ? getCType(*function.scalarResult) : "void";
  bool isSized = function.numSizes() > 0;
  writeShapes(os, parameters, macro);
  writeSizeFunctions(os, function, parameters, macro, options);
  os << "\n/** Function '" << escapeComment(function.name)
     << "'. Allocates nothing.\n";
  for (const Parameter &parameter : parameters) {
    os << "    " << parameter.name << ": ";
    if (!parameter.info->name.empty() && parameter.info->name != parameter.name)
      os << "'" << escapeComment(parameter.info->name) << "', ";
    os << getElementName(*parameter.info);
    if (!parameter.info->scalar)
      os << '[' << getDimensions(*parameter.info, "][", "?") << ']';
    os << (parameter.info->role == ArgumentRole::Input ? ", read"
           : parameter.info->role == ArgumentRole::Output
               ? ", written"
               : ", read and written")
       << "\n";
  }
  if (isSized)
    os << "    sizes: " << listUnknown(parameters, /*isOutput=*/false) << "\n";
  os << "    workspace: aligned to 64 bytes; its contents do not matter. */\n"
     << type << ' ' << function.symbol << '(' << getDeclarators(parameters)
     << (isSized ? "const int64_t *sizes, " : "") << "void *workspace);\n\n";
  writeMallocFunction(os, function, parameters, type);
}

llvm::Expected<int64_t>
conv::getRISCVVectorBytes(const ResolvedTarget &target) {
  if (!llvm::Triple(target.triple).isRISCV())
    return 0;
  auto machine = createTargetMachine(target, /*jit=*/false);
  if (!machine)
    return machine.takeError();
  const llvm::MCSubtargetInfo &subtarget = *(*machine)->getMCSubtargetInfo();
  // The lengths there are features for.
  for (int64_t bits = 65536; bits >= 32; bits /= 2)
    if (subtarget.checkFeatures("+zvl" + std::to_string(bits) + "b"))
      return bits / 8;
  return 0;
}

/// A check of the length of vectors that needs nothing but the assembler.
static void writeVectorCheck(llvm::raw_ostream &os,
                             const HeaderOptions &options) {
  os << "#ifdef __riscv\n"
        "/** Whether this machine's vectors have the "
     << options.vectorBytes
     << " bytes the code counts on: with\n"
        "    shorter ones its results are wrong. Traps without vectors. */\n"
        "static inline int "
     << makeIdentifier(options.prefix + "supported")
     << "(void) {\n  unsigned long bytes;\n"
        "  __asm__(\"csrr %0, 0xc22\" : \"=r\"(bytes)); /* vlenb */\n"
        "  return bytes >= "
     << options.vectorBytes << ";\n}\n#endif\n\n";
}

void conv::writeHeader(llvm::raw_ostream &os, ArrayRef<FunctionInfo> functions,
                       const HeaderOptions &options) {
  std::string guard =
      getMacroName(makeIdentifier(options.prefix + "CONVOPT_H"));
  os << "/* Generated by conv-compile from " << escapeComment(options.source)
     << " for " << options.target
     << ".\n\n"
        "   Buffers are dense and row-major, and aligned as their elements "
        "are.\n"
        "   What is written must not overlap anything else; what is read may "
        "be\n"
        "   read by others at the same time. Functions keep no state and may "
        "be\n"
        "   called from several threads, each with a workspace of its own, "
        "which\n"
        "   may be NULL where its size is 0. They need a few kilobytes of "
        "stack,\n"
        "   "
     << (options.openMP ? "libomp, " : "")
     << "and of the C library at most memcpy, memset and functions of\n"
        "   mathematics.";
  os << " */\n\n#ifndef " << guard << "\n#define " << guard
     << "\n\n#include <stddef.h>\n#include <stdint.h>\n"
     << "#ifndef CONVOPT_NO_MALLOC\n#include <stdlib.h>\n#endif\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  if (options.dispatch)
    os << "/** Whether this machine can run the code. If not, calls trap. */\n"
       << "int " << makeIdentifier(options.prefix + "supported")
       << "(void);\n\n";
  if (options.vectorBytes)
    writeVectorCheck(os, options);
  std::vector<std::string> macros = getMacroNames(functions);
  for (auto [function, macro] : llvm::zip_equal(functions, macros))
    writeFunction(os, function, macro, options);
  os << "#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
}
