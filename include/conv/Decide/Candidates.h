//===- Candidates.h - What a convolution can be computed by -----*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Every (algorithm, form) that can compute a problem, each with the schedule
/// the model prefers for it, its predicted cost and its workspace. A pure
/// function of problem, machine and constraints: --conv-autotune takes the best
/// of the list, a tuner measures the first few.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_DECIDE_CANDIDATES_H
#define CONV_DECIDE_CANDIDATES_H

#include "conv/Algorithms/Algorithms.h"

#include "llvm/Support/Error.h"

#include <map>

namespace mlir::conv {

/// What limits the choice.
struct Constraints {
  /// The name of an algorithm, of a family such as "mec" (the paper's rule
  /// chooses between A and B) or "auto".
  std::string algorithm = "auto";
  SmallVector<NamedAlgorithm> excluded;
  SmallVector<Form> forms = {Form::Banded, Form::Whole};
  /// Most bytes of temporary storage.
  std::optional<int64_t> maxWorkspace;
  /// Most bytes of a function's values and temporary storage at once.
  std::optional<int64_t> networkMemory;
  /// Whether `maxWorkspace` is what that leaves.
  bool isRoom = false;

  /// The largest error of an algorithm, as getRounding has it; nothing:
  /// sums may be reordered, nothing else.
  std::optional<double> accuracy;
  /// The largest error of the convolutions of a function together, as
  /// ErrorBudget has it; each may then have any error that `accuracy` admits.
  std::optional<double> networkAccuracy;

  /// Bounds the workspace by the `bytes` that the values of the function leave.
  void leave(int64_t bytes);
  /// What bounds the workspace: "max-workspace is 1024", for messages.
  std::string describeWorkspaceBound() const;

  bool isForced() const { return algorithm != "auto"; }
  /// Whether the error of `algorithm` is within the bound. One that is forced
  /// needs no bound that admits it, but keeps one that is given.
  bool admits(const NamedAlgorithm &algorithm) const;
  /// Whether the name is that of `other` or of its family.
  bool forces(const NamedAlgorithm &other) const {
    return isCalled(other, algorithm);
  }
};

/// Whether `name` is what Constraints::algorithm may be.
bool isAlgorithmName(StringRef name);

/// The names of algorithms and their families, for messages: "naive, direct,
/// ...".
std::string listAlgorithmNames();

/// Bytes of "65536", "512KiB", "1MiB" or "2GiB". Fails on anything else.
llvm::Expected<int64_t> parseBytes(StringRef text);

/// Constraints from the options as they are written; empty strings do not
/// constrain. Fails, naming the option, on unknown names and sizes.
llvm::Expected<Constraints>
parseConstraints(StringRef algorithm, ArrayRef<std::string> exclude,
                 StringRef form, StringRef maxWorkspace,
                 StringRef accuracy = "sum", StringRef networkAccuracy = "",
                 StringRef networkMemory = "");

/// For each operation the number of its class: operations are in one class when
/// they differ in nothing but locations and the values they take, so that one
/// decision serves all. Classes count up in the order of their first member.
SmallVector<unsigned> classifyConvolutions(ArrayRef<ConvOp> ops);

/// `machine` as the convolutions of `module` see it, which share the start of
/// their threads with others of their function: as many as there are at least.
MachineAttr getTeamMachine(MachineAttr machine, ModuleOp module);

/// One way to compute a problem.
struct Candidate {
  Choice choice;
  int64_t workspace = 0; ///< Bytes.
  bool fits = true;      ///< Within the bound on the workspace.

  /// The error as a multiple of the plain sum's.
  double getError() const;
  /// Predicted cycles from begin to end, and what a workspace has to save of
  /// them.
  double getWeighedCycles() const;
  /// The weighed cycles, and what rounding more than the plain sum has to save:
  /// the least is chosen where each convolution is decided by itself.
  double getRank() const;
};

/// An algorithm that cannot.
struct Refusal {
  NamedAlgorithm algorithm;
  std::string reason;
};

/// What became of each algorithm.
struct CandidateList {
  /// Those that fit before those that do not, each by rank.
  SmallVector<Candidate> candidates;
  /// In the order of the algorithms, one for each that has no candidate.
  SmallVector<Refusal> refusals;
  /// Why there is no candidate; empty when there is one.
  std::string obstacle;
  size_t numTiles = 0; ///< Register tiles that were compared.

  /// The one to take; null when nothing fits.
  const Candidate *getBest() const;
  /// What may be taken: the one to take; or where the errors of a network are
  /// bounded together the fastest, then the fastest of those with less error
  /// than that, and so on.
  SmallVector<const Candidate *> getChoices(bool boundsAllErrors) const;
  /// Whether a bound of `bytes` on the workspace would change nothing.
  bool fitsIn(int64_t bytes) const;
  /// Bytes of the smallest workspace; nothing without candidates.
  std::optional<int64_t> getSmallestWorkspace() const;
  /// Adds those of another instruction; refused is what neither can compute.
  void merge(const CandidateList &other);
};

/// Why `constraints` do not allow `schedule`; nothing when they do.
Obstacle findConstraintObstacle(const Problem &problem, ScheduleAttr schedule,
                                const Constraints &constraints);

CandidateList enumerateCandidates(const Problem &problem, MachineAttr machine,
                                  const Constraints &constraints,
                                  MLIRContext *context);

/// The same for an operation, by each instruction for its element types, of
/// which there may be none.
CandidateList enumerateForOp(ConvOp op, const Problem &problem,
                             MachineAttr machine,
                             const Constraints &constraints);

/// Lists by what they are of. Where the memory of a function bounds workspaces
/// by place, a list serves all places that have room for all it holds.
template <typename Key> class CandidateLists {
public:
  /// The list of `key` under `limits`; `own` are those of the options alone.
  /// Stays where it is.
  const CandidateList &
  get(const Key &key, const Constraints &own, const Constraints &limits,
      function_ref<CandidateList(const Constraints &)> enumerate) {
    auto find = [&](const Constraints &constraints) -> const CandidateList & {
      auto [it, isNew] = lists.try_emplace(
          {key, constraints.maxWorkspace.value_or(-1)}, CandidateList());
      if (isNew)
        it->second = enumerate(constraints);
      return it->second;
    };
    const CandidateList &list = find(own);
    return !limits.maxWorkspace || list.fitsIn(*limits.maxWorkspace)
               ? list
               : find(limits);
  }

private:
  std::map<std::pair<Key, int64_t>, CandidateList> lists;
};

} // namespace mlir::conv

#endif // CONV_DECIDE_CANDIDATES_H
