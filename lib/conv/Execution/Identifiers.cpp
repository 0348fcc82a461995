//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Execution/Identifiers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir::conv;
using llvm::StringRef;

/// Keywords up to C23 and C++23, and names that compilers and the headers that
/// ours includes define as macros or types.
static const llvm::StringSet<> &getReservedWords() {
  static const llvm::StringSet<> words = {
      // C and C++.
      "alignas", "alignof", "auto", "bool", "break", "case", "char", "const",
      "constexpr", "continue", "default", "do", "double", "else", "enum",
      "extern", "false", "float", "for", "goto", "if", "inline", "int", "long",
      "nullptr", "register", "return", "short", "signed", "sizeof", "static",
      "static_assert", "struct", "switch", "thread_local", "true", "typedef",
      "typeof", "union", "unsigned", "void", "volatile", "while",
      // C alone.
      "restrict", "typeof_unqual", "_Alignas", "_Alignof", "_Atomic", "_BitInt",
      "_Bool", "_Complex", "_Decimal128", "_Decimal32", "_Decimal64",
      "_Generic", "_Imaginary", "_Noreturn", "_Static_assert", "_Thread_local",
      // C++ alone.
      "and", "and_eq", "asm", "bitand", "bitor", "catch", "char16_t",
      "char32_t", "char8_t", "class", "co_await", "co_return", "co_yield",
      "compl", "concept", "const_cast", "consteval", "constinit", "decltype",
      "delete", "dynamic_cast", "explicit", "export", "friend", "mutable",
      "namespace", "new", "noexcept", "not", "not_eq", "operator", "or",
      "or_eq", "private", "protected", "public", "reinterpret_cast", "requires",
      "static_cast", "template", "this", "throw", "try", "typeid", "typename",
      "using", "virtual", "wchar_t", "xor", "xor_eq",
      // A program's own start.
      "main",
      // Macros of compilers and of <stddef.h>, <stdint.h> and <stdlib.h>.
      "linux", "unix", "i386", "NULL", "EXIT_FAILURE", "EXIT_SUCCESS",
      "MB_CUR_MAX", "RAND_MAX", "SIZE_MAX", "WEXITSTATUS", "WIFEXITED",
      "WIFSIGNALED", "WIFSTOPPED", "WNOHANG", "WSTOPSIG", "WTERMSIG",
      "WUNTRACED", "offsetof", "CONVOPT_NO_MALLOC",
      // Types of <stddef.h> and of what <stdlib.h> may include.
      "blkcnt_t", "blksize_t", "caddr_t", "clock_t", "clockid_t", "daddr_t",
      "dev_t", "div_t", "fd_mask", "fd_set", "fsblkcnt_t", "fsfilcnt_t",
      "fsid_t", "gid_t", "id_t", "ino_t", "key_t", "ldiv_t", "lldiv_t",
      "loff_t", "max_align_t", "mode_t", "nlink_t", "nullptr_t", "off_t",
      "pid_t", "ptrdiff_t", "quad_t", "register_t", "sigset_t", "size_t",
      "ssize_t", "suseconds_t", "time_t", "timer_t", "timespec", "timeval",
      "u_char", "u_int", "u_long", "u_quad_t", "u_short", "uid_t", "uint",
      "ulong", "useconds_t", "ushort",
      // Functions of <stdlib.h>.
      "_Exit", "a64l", "abort", "alloca", "arc4random", "arc4random_buf",
      "arc4random_uniform", "at_quick_exit", "atexit", "bsearch", "clearenv",
      "div", "drand48", "drand48_r", "ecvt", "ecvt_r", "erand48", "erand48_r",
      "exit", "fcvt", "fcvt_r", "gcvt", "getenv", "getloadavg", "getsubopt",
      "initstate", "initstate_r", "jrand48", "jrand48_r", "l64a", "lcong48",
      "lcong48_r", "ldiv", "lldiv", "lrand48", "lrand48_r", "mblen", "mbstowcs",
      "mbtowc", "mkdtemp", "mkstemp", "mkstemps", "mktemp", "mrand48",
      "mrand48_r", "nrand48", "nrand48_r", "on_exit", "pselect", "putenv",
      "qecvt", "qecvt_r", "qfcvt", "qfcvt_r", "qgcvt", "qsort", "quick_exit",
      "rand", "rand_r", "random", "random_r", "realpath", "reallocarray",
      "rpmatch", "seed48", "seed48_r", "select", "setenv", "setstate",
      "setstate_r", "srand", "srand48", "srand48_r", "srandom", "srandom_r",
      "system", "unsetenv", "wcstombs", "wctomb",
      // Names of parameters and variables in generated headers.
      "memory", "scalar", "workspace"};
  return words;
}

/// True for `stem` followed by a number.
static bool isNumbered(StringRef name, StringRef stem) {
  return name.consume_front(stem) && !name.empty() &&
         llvm::all_of(name, llvm::isDigit);
}

static bool isReserved(StringRef name) {
  if (getReservedWords().contains(name) || isNumbered(name, "arg") ||
      isNumbered(name, "result"))
    return true;
  // Types and limits of <stdint.h>.
  StringRef rest = name;
  (void)rest.consume_front("u_");
  (void)rest.consume_front("u");
  if (rest.starts_with("int") && rest.ends_with("_t"))
    return true;
  rest = name;
  (void)rest.consume_front("U");
  for (StringRef type : {"INT", "PTRDIFF_", "SIG_ATOMIC_", "WCHAR_", "WINT_"})
    for (StringRef limit : {"_MAX", "_MIN", "_WIDTH", "_C"})
      if (rest.starts_with(type) && rest.ends_with(limit))
        return true;
  // LLVM gives these a meaning, and generated code calls some of them.
  static const llvm::TargetLibraryInfoImpl library(
      llvm::Triple("x86_64-unknown-linux-gnu"));
  llvm::LibFunc function;
  return library.getLibFunc(name, function);
}

std::string mlir::conv::makeIdentifier(StringRef name) {
  std::string identifier = name.str();
  for (char &c : identifier)
    if (!llvm::isAlnum(c))
      c = '_';
  if (identifier.empty() || llvm::isDigit(identifier.front()))
    identifier.insert(0, "_");
  if (isReserved(identifier))
    identifier += '_';
  return identifier;
}

std::string IdentifierPool::take(StringRef name,
                                 llvm::ArrayRef<StringRef> suffixes) {
  std::string stem = makeIdentifier(name), identifier = stem;
  auto isUsed = [&](StringRef suffix) {
    return used.contains(identifier + suffix.str());
  };
  for (int number = 2; llvm::any_of(suffixes, isUsed); ++number)
    identifier = stem + "_" + std::to_string(number);
  for (StringRef suffix : suffixes)
    used.insert(identifier + suffix.str());
  return identifier;
}
