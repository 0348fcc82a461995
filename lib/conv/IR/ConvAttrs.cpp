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

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <optional>

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
// ClampAttr, MachineAttr, ScheduleAttr
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

/// Reads "h2k4" into the parts of n, g, h, w, k; nothing when malformed.
static std::optional<std::array<int64_t, 5>> parseSplit(StringRef text) {
  std::array<int64_t, 5> parts{1, 1, 1, 1, 1};
  if (text == "none")
    return parts;
  while (!text.empty()) {
    size_t letter = StringRef("nghwk").find(text.front());
    text = text.drop_front();
    int64_t count;
    if (letter == StringRef::npos || parts[letter] != 1 ||
        text.consumeInteger(10, count) || count < 2 || count > 4096)
      return std::nullopt;
    parts[letter] = count;
  }
  return parts;
}

std::array<int64_t, 5> ScheduleAttr::getSplit() const {
  return *parseSplit(getParallel());
}

int64_t ScheduleAttr::getThreads() const {
  int64_t threads = 1;
  for (int64_t parts : getSplit())
    threads *= parts;
  return threads;
}

ScheduleFields::ScheduleFields(ScheduleAttr s)
    : algorithm(s.getAlgorithm()), form(s.getForm()), nVec(s.getNVec()),
      vector(s.getVector()), cOb(s.getCOb()), wOb(s.getWOb()), hOb(s.getHOb()),
      cIb(s.getCIb()), order(s.getOrder()), flatten(s.getFlatten()),
      unroll(s.getUnroll()), prefetch(s.getPrefetch()),
      prefetchInput(s.getPrefetchInput()),
      prefetchOutput(s.getPrefetchOutput()), broadcast(s.getBroadcast()),
      band(s.getBand()), parallel(s.getParallel().str()), filter(s.getFilter()),
      fma(s.getFma().str()), epilogue(s.getEpilogue()) {}

ScheduleAttr ScheduleFields::toAttr(MLIRContext *context) const {
  return ScheduleAttr::get(context, algorithm, form, nVec, vector, cOb, wOb,
                           hOb, cIb, order, flatten, unroll, prefetch,
                           prefetchInput, prefetchOutput, broadcast, band,
                           parallel, filter, fma, epilogue);
}

ScheduleAttr ScheduleFields::toAttrIfValid(MLIRContext *context) const {
  ScopedDiagnosticHandler silent(context,
                                 [](Diagnostic &) { return success(); });
  return toAttrChecked(
      [&] { return mlir::emitError(UnknownLoc::get(context)); }, context);
}

ScheduleAttr
ScheduleFields::toAttrChecked(function_ref<InFlightDiagnostic()> emitError,
                              MLIRContext *context) const {
  return ScheduleAttr::getChecked(
      emitError, context, algorithm, form, nVec, vector, cOb, wOb, hOb, cIb,
      order, flatten, unroll, prefetch, prefetchInput, prefetchOutput,
      broadcast, band, parallel, filter, fma, epilogue);
}

std::string mlir::conv::getScheduleText(ScheduleAttr schedule) {
  std::string text;
  llvm::raw_string_ostream os(text);
  Attribute(schedule).print(os);
  StringRef body = text;
  body.consume_front("#conv.schedule");
  return body.str();
}

ScheduleAttr mlir::conv::parseSchedule(StringRef text, MLIRContext *context) {
  StringRef body = text.trim();
  body.consume_front("#conv.schedule");
  return dyn_cast_or_null<ScheduleAttr>(
      parseAttribute(("#conv.schedule" + body).str(), context));
}

ScheduleAttr mlir::conv::parseScheduleIfValid(StringRef text,
                                              MLIRContext *context) {
  ScopedDiagnosticHandler silent(context,
                                 [](Diagnostic &) { return success(); });
  return parseSchedule(text, context);
}

ScheduleAttr
ScheduleAttr::with(function_ref<void(ScheduleFields &)> change) const {
  ScheduleFields fields(*this);
  change(fields);
  return fields.toAttr(getContext());
}

LogicalResult ScheduleAttr::verify(
    function_ref<InFlightDiagnostic()> emitError, Algorithm, Form, int64_t nVec,
    VectorIterator vector, int64_t cOb, int64_t wOb, int64_t hOb, int64_t cIb,
    LoopOrder, bool flatten, int64_t unroll, int64_t prefetch,
    int64_t prefetchInput, int64_t prefetchOutput, Broadcast broadcast,
    int64_t band, StringRef parallel, FilterForm, StringRef, EpilogueForm) {
  auto inRange = [&](StringRef name, int64_t value, int64_t low,
                     int64_t high) -> LogicalResult {
    if (value >= low && value <= high)
      return success();
    return emitError() << name << " = " << value << " is outside [" << low
                       << ", " << high << "]";
  };
  // The bounds keep generated code finite; registers are checked against the
  // machine where the schedule is applied.
  if (failed(inRange("n_vec", nVec, 1, 256)) ||
      failed(inRange("c_ob", cOb, 1, 4096)) ||
      failed(inRange("w_ob", wOb, 1, 256)) ||
      failed(inRange("h_ob", hOb, 1, 16)) ||
      failed(inRange("c_ib", cIb, 0, 4096)) ||
      failed(inRange("unroll", unroll, 1, 64)) ||
      failed(inRange("prefetch", prefetch, 0, int64_t(1) << 24)) ||
      failed(inRange("prefetch_input", prefetchInput, 0, 64)) ||
      failed(inRange("prefetch_output", prefetchOutput, 0, 64)) ||
      failed(inRange("band", band, 0, int64_t(1) << 31)))
    return failure();
  if (!llvm::isPowerOf2_64(nVec))
    return emitError() << "n_vec must be a power of two, got " << nVec;
  bool alongColumns = vector == VectorIterator::W;
  if (alongColumns && wOb % nVec != 0)
    return emitError() << "w_ob = " << wOb
                       << " is not a multiple of n_vec = " << nVec
                       << ", which vector = w needs";
  if ((!alongColumns || broadcast == Broadcast::Lane) && cOb % nVec != 0)
    return emitError() << "c_ob = " << cOb
                       << " is not a multiple of n_vec = " << nVec;
  if (!alongColumns && broadcast == Broadcast::Lane && unroll % nVec != 0)
    return emitError() << "broadcast = lane needs an unroll that is a multiple "
                          "of n_vec = "
                       << nVec << ", got " << unroll;
  if (flatten && hOb != 1)
    return emitError() << "flatten needs h_ob = 1, got " << hOb;
  std::optional<std::array<int64_t, 5>> split = parseSplit(parallel);
  if (!split)
    return emitError() << "parallel = " << parallel
                       << " is not 'none' or letters of 'nghwk' with counts of "
                          "at least 2";
  if ((*split)[3] != 1 && !flatten)
    return emitError() << "parallel = " << parallel
                       << " divides columns, which needs flatten";
  if (hOb > 1 && band != 0)
    return emitError() << "h_ob = " << hOb
                       << " cannot be combined with band = " << band;
  return success();
}
