//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Attributes of the conv dialect: assembly and verification.
///
//===----------------------------------------------------------------------===//

#include "conv/IR/Conv.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

#include "conv/IR/ConvEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "conv/IR/ConvAttrs.cpp.inc"

void ConvDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "conv/IR/ConvAttrs.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// DimsAttr
//===----------------------------------------------------------------------===//

static int findLetter(StringRef letters, char letter) {
  size_t pos = letters.find(letter);
  return pos == StringRef::npos ? -1 : static_cast<int>(pos);
}

int DimsAttr::inputPos(char letter) const {
  return findLetter(getInput(), letter);
}
int DimsAttr::filterPos(char letter) const {
  return findLetter(getFilter(), letter);
}
int DimsAttr::outputPos(char letter) const {
  return findLetter(getOutput(), letter);
}

bool DimsAttr::isPadded() const {
  auto nonZero = [](int64_t v) { return v != 0; };
  return llvm::any_of(getLow(), nonZero) || llvm::any_of(getHigh(), nonZero);
}

LogicalResult DimsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               StringRef input, StringRef filter,
                               StringRef output, ArrayRef<int64_t> strides,
                               ArrayRef<int64_t> dilations,
                               ArrayRef<int64_t> low, ArrayRef<int64_t> high) {
  auto checkLetters = [&](StringRef name, StringRef letters,
                          StringRef allowed) -> LogicalResult {
    if (letters.empty())
      return emitError() << name << " names no dimension";
    for (auto [i, letter] : llvm::enumerate(letters)) {
      if (!allowed.contains(letter))
        return emitError() << name << " dimension '" << Twine(letter)
                           << "' is not one of '" << allowed << "'";
      if (letters.drop_front(i + 1).contains(letter))
        return emitError() << name << " dimension '" << Twine(letter)
                           << "' appears twice";
    }
    return success();
  };
  if (failed(checkLetters("input", input, "ngCchw")) ||
      failed(checkLetters("filter", filter, "gkcrs")) ||
      failed(checkLetters("output", output, "ngKkhw")))
    return failure();
  for (char letter : {'n', 'h', 'w'})
    if (input.contains(letter) != output.contains(letter))
      return emitError() << "dimension '" << Twine(letter)
                         << "' must be in both input and output or in neither";
  bool g = input.contains('g');
  if (filter.contains('g') != g || output.contains('g') != g)
    return emitError()
           << "dimension 'g' must be in input, filter and output or in none";
  if (input.contains('c') != filter.contains('c'))
    return emitError()
           << "dimension 'c' must be in both input and filter or in neither";
  if (filter.contains('k') != output.contains('k'))
    return emitError()
           << "dimension 'k' must be in both filter and output or in neither";
  for (auto [letters, block, within] :
       {std::tuple(input, 'C', 'c'), std::tuple(output, 'K', 'k')}) {
    if (!letters.contains(block))
      continue;
    if (!letters.contains(within))
      return emitError() << "blocks '" << Twine(block)
                         << "' need the dimension '" << Twine(within)
                         << "' of channels within a block";
    if (g)
      return emitError() << "blocks '" << Twine(block)
                         << "' cannot be combined with dimension 'g'";
  }
  auto checkPair = [&](StringRef name, ArrayRef<int64_t> values,
                       int64_t minimum) -> LogicalResult {
    if (values.size() != 2)
      return emitError() << name << " must have two values, rows and columns";
    for (int64_t v : values)
      if (v < minimum || v > (int64_t(1) << 31))
        return emitError() << name << " value " << v << " is outside ["
                           << minimum << ", 2^31]";
    return success();
  };
  return failure(failed(checkPair("strides", strides, 1)) ||
                 failed(checkPair("dilations", dilations, 1)) ||
                 failed(checkPair("low", low, 0)) ||
                 failed(checkPair("high", high, 0)));
}

static ParseResult parsePair(AsmParser &parser, StringRef keyword,
                             SmallVector<int64_t> &values) {
  SMLoc loc = parser.getCurrentLocation();
  values.clear();
  if (parser.parseEqual() ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
        return parser.parseInteger(values.emplace_back());
      }))
    return failure();
  if (values.size() != 2)
    return parser.emitError(loc)
           << keyword << " must have two values, rows and columns";
  return success();
}

Attribute DimsAttr::parse(AsmParser &parser, Type) {
  StringRef input, filter, output;
  SmallVector<int64_t> strides{1, 1}, dilations{1, 1}, low{0, 0}, high{0, 0};
  if (parser.parseLess() || parser.parseKeyword(&input) ||
      parser.parseKeyword("x") || parser.parseKeyword(&filter) ||
      parser.parseArrow() || parser.parseKeyword(&output))
    return {};
  while (succeeded(parser.parseOptionalComma())) {
    StringRef keyword;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&keyword))
      return {};
    SmallVector<int64_t> *values = keyword == "strides"     ? &strides
                                   : keyword == "dilations" ? &dilations
                                   : keyword == "low"       ? &low
                                   : keyword == "high"      ? &high
                                                            : nullptr;
    if (!values) {
      parser.emitError(loc)
          << "expected 'strides', 'dilations', 'low' or 'high'";
      return {};
    }
    if (parsePair(parser, keyword, *values))
      return {};
  }
  if (parser.parseGreater())
    return {};
  return parser.getChecked<DimsAttr>(parser.getContext(), input, filter, output,
                                     strides, dilations, low, high);
}

void DimsAttr::print(AsmPrinter &printer) const {
  printer << '<' << getInput() << " x " << getFilter() << " -> " << getOutput();
  auto pair = [&](StringRef keyword, ArrayRef<int64_t> values,
                  int64_t defaultValue) {
    if (values[0] != defaultValue || values[1] != defaultValue)
      printer << ", " << keyword << " = [" << values[0] << ", " << values[1]
              << ']';
  };
  pair("strides", getStrides(), 1);
  pair("dilations", getDilations(), 1);
  pair("low", getLow(), 0);
  pair("high", getHigh(), 0);
  printer << '>';
}

//===----------------------------------------------------------------------===//
// ClampAttr, FmaRateAttr, MachineAttr
//===----------------------------------------------------------------------===//

LogicalResult ClampAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                FloatAttr lower, FloatAttr upper, NaNMode) {
  if (!lower && !upper)
    return emitError() << "clamp needs a lower or an upper bound";
  for (FloatAttr bound : {lower, upper})
    if (bound && bound.getValue().isNaN())
      return emitError() << "clamp bound is NaN";
  if (lower && upper && lower.getType() != upper.getType())
    return emitError() << "clamp bounds have different types";
  if (lower && upper && upper.getValue() < lower.getValue())
    return emitError() << "clamp upper bound is below its lower bound";
  return success();
}

LogicalResult FmaRateAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  StringRef, int64_t perCycle,
                                  int64_t latency) {
  if (perCycle < 1 || latency < 1)
    return emitError() << "a rate needs at least 1 per cycle and 1 cycle";
  return success();
}

LogicalResult MachineAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  int64_t nFma, int64_t lFma, int64_t nVec,
                                  int64_t nReg, int64_t loads, Broadcast,
                                  int64_t l1, int64_t l1Ways, int64_t l2,
                                  int64_t l3, int64_t threads, MachineRatesAttr,
                                  ArrayRef<FmaRateAttr>) {
  auto atLeast = [&](StringRef name, int64_t value,
                     int64_t minimum) -> LogicalResult {
    if (value >= minimum)
      return success();
    return emitError() << name << " must be at least " << minimum << ", got "
                       << value;
  };
  if (failed(atLeast("n_fma", nFma, 1)) || failed(atLeast("l_fma", lFma, 1)) ||
      failed(atLeast("n_vec", nVec, 1)) || failed(atLeast("n_reg", nReg, 4)) ||
      failed(atLeast("loads", loads, 1)) || failed(atLeast("l1", l1, 1)) ||
      failed(atLeast("l1_ways", l1Ways, 1)) || failed(atLeast("l2", l2, 1)) ||
      failed(atLeast("l3", l3, 0)) || failed(atLeast("threads", threads, 1)))
    return failure();
  if (!llvm::isPowerOf2_64(nVec))
    return emitError() << "n_vec must be a power of two, got " << nVec;
  return success();
}
