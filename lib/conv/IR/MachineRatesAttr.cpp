//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `#conv.machine_rates`: those that are not the default's are written.
///
//===----------------------------------------------------------------------===//

#include "conv/IR/Conv.h"
#include "conv/IR/MachineRates.h"

#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

using namespace mlir;
using namespace mlir::conv;

ArrayRef<RateInfo> mlir::conv::getRateInfos() {
  static constexpr RateInfo infos[] = {
#define CONV_MACHINE_RATE(name, accessor, byDefault, low, high, unit,          \
                          description)                                         \
  {#name, byDefault, low, high, unit, description},
#include "conv/IR/MachineRates.def"
  };
  return infos;
}

std::optional<Rate> mlir::conv::findRate(StringRef name) {
  for (auto [index, info] : llvm::enumerate(getRateInfos()))
    if (info.name == name)
      return static_cast<Rate>(index);
  return std::nullopt;
}

bool mlir::conv::isRetiredRate(StringRef name) {
  // A load that crosses into the next line is one more load.
  return name == "crossing";
}

RateValues mlir::conv::getDefaultRates() {
  RateValues values;
  llvm::transform(getRateInfos(), values.begin(),
                  [](const RateInfo &info) { return info.byDefault; });
  return values;
}

std::string mlir::conv::formatRate(double value) {
  std::string text;
  for (int digits = 6; digits <= 17; ++digits) {
    text.clear();
    llvm::raw_string_ostream(text) << llvm::format("%.*g", digits, value);
    if (std::strtod(text.c_str(), nullptr) == value)
      break;
  }
  // MLIR's numbers have no exponent without a fraction.
  if (size_t e = text.find('e');
      e != std::string::npos && text.find('.') == std::string::npos)
    text.insert(e, ".0");
  return text;
}

MachineRatesAttr MachineRatesAttr::get(MLIRContext *context,
                                       const RateValues &values,
                                       StringRef source) {
  return get(context, DenseF64ArrayAttr::get(context, values), source);
}

MachineRatesAttr MachineRatesAttr::getDefault(MLIRContext *context) {
  return get(context, getDefaultRates());
}

double MachineRatesAttr::getRate(Rate rate) const {
  return getValues().asArrayRef()[size_t(rate)];
}

MachineAttr MachineAttr::withRates(MachineRatesAttr rates) const {
  return get(getContext(), getNFma(), getLFma(), getNVec(), getNReg(),
             getLoads(), getBroadcast(), getL1(), getL1Ways(), getL2(), getL3(),
             getThreads(), rates, getFmas());
}

LogicalResult
MachineRatesAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                         DenseF64ArrayAttr values, StringRef) {
  if (values.size() != static_cast<int64_t>(kNumRates))
    return emitError() << "expected " << kNumRates << " rates, got "
                       << values.size();
  for (auto [info, value] : llvm::zip(getRateInfos(), values.asArrayRef()))
    if (!info.isSane(value))
      return emitError() << info.name << " must be within [" << info.low << ", "
                         << info.high << "], got " << value;
  return success();
}

/// A number with or without a fraction.
static ParseResult parseNumber(AsmParser &parser, double &value) {
  int64_t integer = 0;
  OptionalParseResult whole = parser.parseOptionalInteger(integer);
  if (!whole.has_value())
    return parser.parseFloat(value);
  value = static_cast<double>(integer);
  return *whole;
}

Attribute MachineRatesAttr::parse(AsmParser &parser, Type) {
  SMLoc begin = parser.getCurrentLocation();
  RateValues values = getDefaultRates();
  std::string source = kFamilyDefault.str();
  auto parseRate = [&]() -> ParseResult {
    StringRef name;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&name))
      return failure();
    if (name == "source")
      return failure(parser.parseEqual() || parser.parseString(&source));
    std::optional<Rate> rate = findRate(name);
    double retired = 0;
    if (!rate && !isRetiredRate(name))
      return parser.emitError(loc) << "unknown rate '" << name << "'";
    return failure(parser.parseEqual() ||
                   parseNumber(parser, rate ? values[size_t(*rate)] : retired));
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseRate))
    return {};
  MLIRContext *context = parser.getContext();
  auto array = DenseF64ArrayAttr::get(context, values);
  if (failed(verify([&] { return parser.emitError(begin); }, array, source)))
    return {};
  return get(context, array, source);
}

void MachineRatesAttr::print(AsmPrinter &printer) const {
  printer << '<';
  llvm::ListSeparator comma;
  for (auto [info, value] :
       llvm::zip(getRateInfos(), getValues().asArrayRef())) {
    if (value == info.byDefault)
      continue;
    printer << StringRef(comma) << info.name << " = " << formatRate(value);
  }
  if (getSource() != kFamilyDefault) {
    printer << StringRef(comma) << "source = ";
    printer.printString(getSource());
  }
  printer << '>';
}
