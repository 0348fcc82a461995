//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/MachineCheck.h"

#include "conv/Measure/ChildProcess.h"
#include "conv/Measure/Measurer.h"
#include "conv/Measure/Probe.h"
#include "conv/Measure/Timer.h"

#include <cmath>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;
namespace json = llvm::json;

bool CheckedField::deviates() const {
  return measured && std::abs(*measured - modelled) > 0.1 * modelled;
}

json::Object bench::toJSON(const MachineCheck &check) {
  json::Array fields;
  for (const CheckedField &field : check.fields)
    fields.push_back(json::Object{{"name", field.name},
                                  {"modelled", field.modelled},
                                  {"measured", field.measured}});
  return json::Object{{"cpu", check.cpu},
                      {"host", check.host},
                      {"n_vec", check.nVec},
                      {"gflops", check.gflops},
                      {"fields", std::move(fields)}};
}

namespace mlir::conv::bench {
static bool fromJSON(const json::Value &value, CheckedField &field,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("name", field.name) &&
         map.map("modelled", field.modelled) &&
         map.map("measured", field.measured);
}
} // namespace mlir::conv::bench

bool bench::fromJSON(const json::Value &value, MachineCheck &check,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("cpu", check.cpu) && map.map("host", check.host) &&
         map.map("n_vec", check.nVec) && map.map("gflops", check.gflops) &&
         map.map("fields", check.fields);
}

static llvm::Expected<MachineCheck> checkHere(llvm::StringRef cpu) {
  auto machine = prepareMachine(cpu, /*file=*/"", /*threads=*/1);
  if (!machine)
    return machine.takeError();
  ResolvedTarget target{machine->triple, machine->cpu, machine->features};
  std::unique_ptr<MLIRContext> context = createContext();
  pinToOneCPU();
  auto create = [&](int64_t chains) {
    return Probe::create(context.get(), target, machine->nVec.value,
                         machine->nReg.value, /*threads=*/1, chains);
  };
  auto many = create(0);
  if (!many)
    return many.takeError();
  auto one = create(1);
  if (!one)
    return one.takeError();

  MachineCheck check;
  check.cpu = machine->cpu;
  check.host = getHostModelName();
  check.nVec = machine->nVec.value;
  check.fields.push_back(
      {"n_fma", machine->nFma.value, many->measureFmaPerCycle()});
  std::optional<double> rate = one->measureFmaPerCycle(), latency;
  if (rate)
    latency = 1 / *rate;
  check.fields.push_back({"l_fma", machine->lFma.value, latency});
  std::vector<double> rates;
  for (int i = 0; i < 15; ++i)
    rates.push_back(many->run() / 1e9);
  check.gflops = getMedian(std::move(rates));
  return check;
}

llvm::Expected<MachineCheck> bench::checkMachine(llvm::StringRef cpu) {
  auto outcome = runInChild([&](StageFunction) -> json::Value {
    auto check = checkHere(cpu);
    if (check)
      return toJSON(*check);
    return llvm::toString(check.takeError());
  });
  if (!outcome)
    return outcome.takeError();
  if (!outcome->value)
    return llvm::createStringError("the peak probe crashed: " + outcome->death);
  if (auto why = outcome->value->getAsString())
    return llvm::createStringError(*why);
  MachineCheck check;
  json::Path::Root root("check");
  if (!fromJSON(*outcome->value, check, root))
    return root.getError();
  return check;
}
