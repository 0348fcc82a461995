//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Decide/Candidates.h"

#include "conv/IR/NonFinite.h"
#include "conv/Schedule/FilterValues.h"
#include "conv/Schedule/KernelKinds.h"
#include "conv/Schedule/Legality.h"
#include "conv/Schedule/ModelConstants.h"
#include "conv/Schedule/TapSteps.h"
#include "conv/Schedule/TeamCost.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::conv;

bool mlir::conv::isAlgorithmName(StringRef name) {
  return name == "auto" ||
         llvm::any_of(getNamedAlgorithms(), [&](const NamedAlgorithm &named) {
           return isCalled(named, name);
         });
}

std::string mlir::conv::listAlgorithmNames() {
  SmallVector<StringRef> names;
  for (const NamedAlgorithm &named : getNamedAlgorithms()) {
    StringRef family = getTraits(named.algorithm).family;
    if (!family.empty() && !llvm::is_contained(names, family))
      names.push_back(family);
    names.push_back(named.getName());
  }
  return llvm::join(names, ", ");
}

bool Constraints::admits(const NamedAlgorithm &which) const {
  std::optional<double> error = getRounding(which);
  if (!error || (accuracy && *error <= *accuracy))
    return true;
  return !accuracy && (networkAccuracy || isForced());
}

void Constraints::leave(int64_t bytes) {
  if (maxWorkspace && *maxWorkspace <= bytes)
    return;
  maxWorkspace = bytes;
  isRoom = true;
}

std::string Constraints::describeWorkspaceBound() const {
  return llvm::formatv(isRoom ? "network-memory leaves {0}"
                              : "max-workspace is {0}",
                       *maxWorkspace);
}

llvm::Expected<int64_t> mlir::conv::parseBytes(StringRef text) {
  StringRef digits = text;
  int64_t unit = 1;
  if (digits.consume_back("KiB"))
    unit = int64_t(1) << 10;
  else if (digits.consume_back("MiB"))
    unit = int64_t(1) << 20;
  else if (digits.consume_back("GiB"))
    unit = int64_t(1) << 30;
  int64_t count;
  if (digits.trim().getAsInteger(10, count) || count < 0 ||
      count > std::numeric_limits<int64_t>::max() / unit)
    return llvm::createStringError(
        llvm::formatv("'{0}' is not a number of bytes, KiB, MiB or GiB", text));
  return count * unit;
}

llvm::Expected<Constraints>
mlir::conv::parseConstraints(StringRef algorithm, ArrayRef<std::string> exclude,
                             StringRef form, StringRef maxWorkspace,
                             StringRef accuracy, StringRef networkAccuracy,
                             StringRef networkMemory) {
  Constraints result;
  if (!isAlgorithmName(algorithm))
    return llvm::createStringError("unknown algorithm '" + algorithm +
                                   "' (known: auto, " + listAlgorithmNames() +
                                   ")");
  result.algorithm = algorithm.str();
  for (StringRef name : exclude) {
    if (name == "auto" || !isAlgorithmName(name))
      return llvm::createStringError(
          "unknown algorithm '" + name +
          "' to exclude (known: " + listAlgorithmNames() + ")");
    for (const NamedAlgorithm &named : getNamedAlgorithms())
      if (isCalled(named, name))
        result.excluded.push_back(named);
  }
  if (!form.empty()) {
    std::optional<Form> only = symbolizeForm(form);
    if (!only)
      return llvm::createStringError("unknown form '" + form +
                                     "' (known: whole, banded)");
    result.forms = {*only};
  }
  if (!maxWorkspace.empty()) {
    llvm::Expected<int64_t> bytes = parseBytes(maxWorkspace);
    if (!bytes)
      return llvm::createStringError("max-workspace: " +
                                     llvm::toString(bytes.takeError()));
    result.maxWorkspace = *bytes;
  }
  if (accuracy != "sum") {
    double bound;
    if (accuracy.getAsDouble(bound) || !(bound > 0))
      return llvm::createStringError(
          "accuracy: '" + accuracy +
          "' is neither 'sum' nor a positive number");
    result.accuracy = bound;
  }
  if (!networkAccuracy.empty()) {
    double bound;
    if (networkAccuracy.getAsDouble(bound) || !(bound > 0))
      return llvm::createStringError("network-accuracy: '" + networkAccuracy +
                                     "' is not a positive number");
    result.networkAccuracy = bound;
  }
  if (!networkMemory.empty()) {
    llvm::Expected<int64_t> bytes = parseBytes(networkMemory);
    if (!bytes)
      return llvm::createStringError("network-memory: " +
                                     llvm::toString(bytes.takeError()));
    result.networkMemory = *bytes;
  }
  return result;
}

/// Whether the model sees two values alike. Whether a filter is known decides
/// when it is packed; whether it is finite, what may compute with it.
static LogicalResult checkAlike(Value a, Value b) {
  return success(a.getType() == b.getType() &&
                 matchPattern(a, m_Constant()) ==
                     matchPattern(b, m_Constant()) &&
                 hasNonFiniteElements(a) == hasNonFiniteElements(b));
}

SmallVector<unsigned> mlir::conv::classifyConvolutions(ArrayRef<ConvOp> ops) {
  SmallVector<unsigned> classes;
  SmallVector<ConvOp> representatives;
  DenseMap<llvm::hash_code, SmallVector<unsigned>> byHash;
  constexpr auto flags = OperationEquivalence::IgnoreLocations;
  for (ConvOp op : ops) {
    llvm::hash_code hash = OperationEquivalence::computeHash(
        op, OperationEquivalence::ignoreHashValue,
        OperationEquivalence::ignoreHashValue, flags);
    SmallVector<unsigned> &bucket = byHash[hash];
    auto *found = llvm::find_if(bucket, [&](unsigned i) {
      return OperationEquivalence::isEquivalentTo(
          op, representatives[i], checkAlike, /*markEquivalent=*/nullptr,
          flags);
    });
    if (found == bucket.end()) {
      bucket.push_back(representatives.size());
      representatives.push_back(op);
      found = std::prev(bucket.end());
    }
    classes.push_back(*found);
  }
  return classes;
}

MachineAttr mlir::conv::getTeamMachine(MachineAttr machine, ModuleOp module) {
  llvm::MapVector<Operation *, int64_t> counts;
  module.walk(
      [&](ConvOp op) { ++counts[op->getParentOfType<FunctionOpInterface>()]; });
  int64_t least = 1;
  for (auto [i, count] : llvm::enumerate(llvm::make_second_range(counts)))
    least = i == 0 ? count : std::min(least, count);
  return shareFork(machine, least);
}

const Candidate *CandidateList::getBest() const {
  bool any = !candidates.empty() && candidates.front().fits;
  return any ? &candidates.front() : nullptr;
}

double Candidate::getError() const {
  return getRounding(choice.schedule.getNamedAlgorithm()).value_or(1);
}

double Candidate::getWeighedCycles() const {
  double margin = workspace == 0                              ? 1
                  : choice.schedule.getForm() == Form::Banded ? kBandMargin
                                                              : kWholeMargin;
  return choice.getElapsed() * margin;
}

double Candidate::getRank() const {
  return getWeighedCycles() * (getError() > 1 ? kRoundingMargin : 1);
}

SmallVector<const Candidate *>
CandidateList::getChoices(bool boundsAllErrors) const {
  if (!boundsAllErrors) {
    const Candidate *best = getBest();
    return best ? SmallVector<const Candidate *>{best}
                : SmallVector<const Candidate *>();
  }
  // What rounding has to be worth is said by the bound on all errors here.
  auto isFaster = [](const Candidate *a, const Candidate *b) {
    return a->getWeighedCycles() < b->getWeighedCycles();
  };
  SmallVector<const Candidate *> fitting;
  for (const Candidate &candidate : candidates)
    if (candidate.fits)
      fitting.insert(llvm::upper_bound(fitting, &candidate, isFaster),
                     &candidate);
  SmallVector<const Candidate *> best;
  for (const Candidate *candidate : fitting)
    if (best.empty() || candidate->getError() < best.back()->getError())
      best.push_back(candidate);
  return best;
}

bool CandidateList::fitsIn(int64_t bytes) const {
  return llvm::all_of(candidates, [&](const Candidate &candidate) {
    return candidate.workspace <= bytes;
  });
}

std::optional<int64_t> CandidateList::getSmallestWorkspace() const {
  std::optional<int64_t> smallest;
  for (const Candidate &candidate : candidates)
    smallest =
        std::min(smallest.value_or(candidate.workspace), candidate.workspace);
  return smallest;
}

/// The algorithms in question, in the order of the table.
static SmallVector<NamedAlgorithm> getAllowed(const Problem &problem,
                                              const Constraints &constraints) {
  if (std::optional<NamedAlgorithm> named =
          NamedAlgorithm::parse(constraints.algorithm))
    return {*named};
  SmallVector<NamedAlgorithm> allowed;
  for (const NamedAlgorithm &named : getNamedAlgorithms()) {
    const AlgorithmInfo &info = getAlgorithmInfo(named.algorithm);
    // The plain loops are for comparison. Of a family its rule chooses unless
    // one is asked for.
    if (!info.isRepresentative(problem) || info.getTraits().isReference)
      continue;
    bool wanted = constraints.isForced()
                      ? constraints.forces(named)
                      : !llvm::is_contained(constraints.excluded, named);
    if (wanted)
      allowed.push_back(named);
  }
  return allowed;
}

/// The forms in question. What has no transformation is the same in both; what
/// has one that cannot be divided has no banded form.
static SmallVector<Form> getForms(Algorithm algorithm,
                                  const Constraints &constraints) {
  switch (getTraits(algorithm).transformation) {
  case Transformation::Banded:
    return constraints.forms;
  case Transformation::Whole:
    if (!llvm::is_contained(constraints.forms, Form::Whole))
      return {};
    return {Form::Whole};
  case Transformation::None:
    return {Form::Whole};
  }
  llvm_unreachable("unknown transformation");
}

/// Why the bound on the error does not admit `algorithm`.
static std::string explainError(const NamedAlgorithm &algorithm,
                                const Constraints &constraints) {
  std::string bound = constraints.accuracy
                          ? llvm::formatv("{0:F2}", *constraints.accuracy).str()
                          : std::string("sum");
  return llvm::formatv("its error is {0:F2} times the plain sum's, accuracy is "
                       "{1}",
                       *getRounding(algorithm), bound);
}

Obstacle mlir::conv::findConstraintObstacle(const Problem &problem,
                                            ScheduleAttr schedule,
                                            const Constraints &constraints) {
  NamedAlgorithm algorithm = schedule.getNamedAlgorithm();
  if (constraints.isForced() && !constraints.forces(algorithm))
    return llvm::formatv("algorithm '{0}' is forced", constraints.algorithm)
        .str();
  if (!constraints.isForced() &&
      llvm::is_contained(constraints.excluded, algorithm))
    return llvm::formatv("algorithm '{0}' is excluded", algorithm.getName())
        .str();
  if (!constraints.admits(algorithm))
    return explainError(algorithm, constraints);
  if (!llvm::is_contained(getForms(schedule.getAlgorithm(), constraints),
                          schedule.getForm()))
    return llvm::formatv("form '{0}' is not asked for",
                         stringifyForm(schedule.getForm()))
        .str();
  int64_t workspace = getWorkspaceBytes(problem, schedule);
  if (constraints.maxWorkspace && workspace > *constraints.maxWorkspace)
    return llvm::formatv("it needs {0} bytes of workspace, {1}", workspace,
                         constraints.describeWorkspaceBound())
        .str();
  return std::nullopt;
}

/// What fits before what does not, then by rank.
static bool isBetter(const Candidate &a, const Candidate &b) {
  auto key = [](const Candidate &c) { return std::pair(!c.fits, c.getRank()); };
  return key(a) < key(b);
}

void CandidateList::merge(const CandidateList &other) {
  for (const Candidate &candidate : other.candidates)
    candidates.insert(llvm::upper_bound(candidates, candidate, isBetter),
                      candidate);
  numTiles += other.numTiles;
  llvm::erase_if(refusals, [&](const Refusal &refusal) {
    return llvm::any_of(candidates, [&](const Candidate &candidate) {
      return candidate.choice.schedule.getNamedAlgorithm() == refusal.algorithm;
    });
  });
  if (!candidates.empty())
    obstacle.clear();
}

CandidateList mlir::conv::enumerateCandidates(const Problem &problem,
                                              MachineAttr machine,
                                              const Constraints &constraints,
                                              MLIRContext *context) {
  CandidateList list;
  if (Obstacle obstacle =
          conv::findObstacle(problem, machine, ScheduleAttr())) {
    list.obstacle = *obstacle;
    return list;
  }
  for (const NamedAlgorithm &algorithm : getAllowed(problem, constraints)) {
    if (!constraints.admits(algorithm)) {
      // A larger bound would not help where nothing else would.
      auto find = getAlgorithmInfo(algorithm.algorithm).findProblemObstacle;
      Obstacle obstacle = find ? find(problem) : std::nullopt;
      list.refusals.push_back(
          {algorithm,
           obstacle ? *obstacle : explainError(algorithm, constraints)});
      continue;
    }
    std::string reason;
    bool found = false;
    SmallVector<Form> forms = getForms(algorithm.algorithm, constraints);
    if (forms.empty())
      reason = llvm::formatv("algorithm '{0}' has no banded form",
                             algorithm.getName());
    for (Form form : forms) {
      Candidate candidate;
      candidate.choice = chooseFor(problem, machine, algorithm, form, context,
                                   constraints.maxWorkspace);
      if (Obstacle obstacle = findScheduleObstacle(problem, machine,
                                                   candidate.choice.schedule)) {
        if (reason.empty())
          reason = *obstacle;
        continue;
      }
      found = true;
      candidate.workspace =
          getWorkspaceBytes(problem, candidate.choice.schedule);
      candidate.fits = !constraints.maxWorkspace ||
                       candidate.workspace <= *constraints.maxWorkspace;
      list.numTiles += candidate.choice.numCandidates;
      // Of equal ones the first in the table: direct before the others.
      list.candidates.insert(
          llvm::upper_bound(list.candidates, candidate, isBetter), candidate);
    }
    if (!found)
      list.refusals.push_back({algorithm, reason});
  }
  if (list.candidates.empty())
    list.obstacle = list.refusals.empty() ? "every algorithm is excluded"
                                          : list.refusals.front().reason;
  return list;
}

/// The rows to compute `problem` with. Groups of one channel have no steps but
/// for rows that take them with a zero, which nothing extends that the plain
/// row would, and for those that take taps instead.
static SmallVector<const Instruction *, 2> getRowsFor(const Problem &problem,
                                                      MachineAttr machine) {
  SmallVector<const Instruction *, 2> rows =
      getInstructionsFor(*problem.types, machine);
  if (!problem.vectorGroups)
    return rows;
  auto takesSingle = [](const Instruction *row) {
    return takesSingleChannels(*row);
  };
  bool any = llvm::any_of(rows, takesSingle);
  llvm::erase_if(rows, [&](const Instruction *row) {
    if (takesTaps(*row))
      return false;
    return any ? !takesSingle(row) : row->k > 1;
  });
  return rows;
}

/// Moves what the values of the filter of `op` rule out to the refusals.
static void refuseForFilter(ConvOp op, CandidateList &list) {
  llvm::erase_if(list.candidates, [&](const Candidate &candidate) {
    NamedAlgorithm algorithm = candidate.choice.schedule.getNamedAlgorithm();
    Obstacle obstacle = findFilterObstacle(op, algorithm.algorithm);
    bool isNew = llvm::none_of(list.refusals, [&](const Refusal &refusal) {
      return refusal.algorithm == algorithm;
    });
    if (obstacle && isNew)
      list.refusals.push_back({algorithm, *obstacle});
    return obstacle.has_value();
  });
  if (list.candidates.empty() && list.obstacle.empty())
    list.obstacle = list.refusals.back().reason;
}

CandidateList mlir::conv::enumerateForOp(ConvOp op, const Problem &problem,
                                         MachineAttr machine,
                                         const Constraints &constraints) {
  // The plain loops compute in any type.
  std::optional<NamedAlgorithm> named =
      NamedAlgorithm::parse(constraints.algorithm);
  std::optional<CandidateList> list;
  if (named && getTraits(named->algorithm).isReference)
    list = enumerateCandidates(problem, machine, constraints, op.getContext());
  else if (problem.types)
    for (const Instruction *row : getRowsFor(problem, machine)) {
      Problem computed = problem;
      computed.fma = row;
      CandidateList more = enumerateCandidates(
          computed, getMachineFor(*row, machine), constraints, op.getContext());
      if (list)
        list->merge(more);
      else
        list = std::move(more);
    }
  if (list) {
    refuseForFilter(op, *list);
    return *list;
  }
  CandidateList none;
  none.obstacle = problem.types
                      ? "no instruction computes " + problem.types->str()
                      : "no instruction is made for its element types";
  return none;
}
