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
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"

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

RateValues mlir::conv::getDefaultRates() {
  RateValues values;
  llvm::transform(getRateInfos(), values.begin(),
                  [](const RateInfo &info) { return info.byDefault; });
  return values;
}

MachineRatesAttr MachineRatesAttr::get(MLIRContext *context,
                                       const RateValues &values) {
  return get(context, DenseF64ArrayAttr::get(context, values));
}

MachineRatesAttr MachineRatesAttr::getDefault(MLIRContext *context) {
  return get(context, getDefaultRates());
}

double MachineRatesAttr::getRate(Rate rate) const {
  return getValues().asArrayRef()[size_t(rate)];
}

MachineRatesAttr MachineRatesAttr::with(Rate rate, double value) const {
  RateValues values;
  llvm::copy(getValues().asArrayRef(), values.begin());
  values[size_t(rate)] = value;
  return get(getContext(), values);
}

LogicalResult
MachineRatesAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                         DenseF64ArrayAttr values) {
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
  int64_t integer;
  OptionalParseResult whole = parser.parseOptionalInteger(integer);
  if (!whole.has_value())
    return parser.parseFloat(value);
  value = static_cast<double>(integer);
  return *whole;
}

Attribute MachineRatesAttr::parse(AsmParser &parser, Type) {
  RateValues values = getDefaultRates();
  auto parseRate = [&]() -> ParseResult {
    StringRef name;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&name))
      return failure();
    std::optional<Rate> rate = findRate(name);
    if (!rate)
      return parser.emitError(loc) << "unknown rate '" << name << "'";
    return failure(parser.parseEqual() ||
                   parseNumber(parser, values[size_t(*rate)]));
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseRate))
    return {};
  return parser.getChecked<MachineRatesAttr>(
      parser.getContext(), DenseF64ArrayAttr::get(parser.getContext(), values));
}

void MachineRatesAttr::print(AsmPrinter &printer) const {
  printer << '<';
  bool first = true;
  for (auto [info, value] :
       llvm::zip(getRateInfos(), getValues().asArrayRef())) {
    if (value == info.byDefault)
      continue;
    if (!first)
      printer << ", ";
    first = false;
    SmallString<24> text;
    llvm::APFloat(value).toString(text);
    printer << info.name << " = " << text;
  }
  printer << '>';
}
