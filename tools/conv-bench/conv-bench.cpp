//===- conv-bench.cpp - Measures convolutions -----------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Times layers, or the functions of a module, as a fraction of the machine's
/// peak measured in the same minute. Options and printing; the work is in
/// lib/conv/Bench.
///
//===----------------------------------------------------------------------===//

#include "conv/Bench/Layer.h"
#include "conv/Bench/ModuleBench.h"
#include "conv/Bench/Peer.h"
#include "conv/Bench/Report.h"
#include "conv/Bench/Search.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/WithColor.h"

#include <cmath>

using namespace mlir::conv;
using namespace mlir::conv::bench;
namespace cl = llvm::cl;
namespace json = llvm::json;

namespace {
/// The command line. Not static objects: LLVM's libraries register options of
/// the same names, which main removes first.
struct Options {
  cl::OptionCategory category{"conv-bench options"};
  cl::list<std::string> inputs{cl::Positional,
                               cl::desc("<problem string or model.mlir>..."),
                               cl::cat(category)};
  cl::list<std::string> nets{"net", cl::CommaSeparated,
                             cl::desc("Built-in sets of layers (--list-nets)"),
                             cl::value_desc("name,..."), cl::cat(category)};
  cl::list<std::string> layerFiles{
      "layers", cl::desc("A set of layers in a JSON file"),
      cl::value_desc("file.json"), cl::cat(category)};
  cl::opt<bool> listNets{"list-nets", cl::desc("List the built-in sets"),
                         cl::cat(category)};
  cl::opt<std::string> layout{"layout",
                              cl::desc("nhwc (default), nchw or blocked"),
                              cl::init("nhwc"), cl::cat(category)};
  cl::list<std::string> algorithms{
      "algorithm", cl::CommaSeparated,
      cl::desc("Algorithms by name; 'auto' (default) lets the model "
               "choose, 'all' tries each, 'upstream' is the plain "
               "upstream lowering"),
      cl::value_desc("name,..."), cl::cat(category)};
  cl::opt<std::string> form{"form",
                            cl::desc("Extent of the data transformation: whole "
                                     "or banded"),
                            cl::cat(category)};
  cl::opt<std::string> maxWorkspace{
      "max-workspace",
      cl::desc("Most bytes of temporary storage per convolution, such as "
               "65536, 512KiB or 1MiB (default any)"),
      cl::value_desc("bytes"), cl::cat(category)};
  cl::opt<int64_t> threads{"threads", cl::desc("Threads (default 1)"),
                           cl::init(1), cl::cat(category)};
  cl::opt<int64_t> batch{"batch",
                         cl::desc("Override the batch; for modules, the extent "
                                  "of dynamic dimensions"),
                         cl::init(0), cl::cat(category)};
  cl::opt<std::string> cpu{"cpu",
                           cl::desc("CPU to compile for, as LLVM spells it "
                                    "(default native)"),
                           cl::init("native"), cl::cat(category)};
  cl::opt<bool> cold{"cold", cl::desc("Flush the caches before each call"),
                     cl::cat(category)};
  cl::opt<std::string> schedule{"schedule",
                                cl::desc("Use this schedule, as printed by "
                                         "--print-schedule"),
                                cl::value_desc("<...>"), cl::cat(category)};
  cl::opt<bool> printSchedule{"print-schedule",
                              cl::desc("Print each schedule on its own line"),
                              cl::cat(category)};
  cl::opt<SearchSpace> search{
      "search", cl::ValueOptional,
      cl::desc("Measure what the model chose from, then the fastest three and "
               "the model's pick again, taking turns:"),
      cl::values(clEnumValN(SearchSpace::Tiles, "", "as 'tiles'"),
                 clEnumValN(SearchSpace::Tiles, "tiles",
                            "every legal register tile of the direct algorithm "
                            "in the pick's loop order, then the fastest four "
                            "in the others"),
                 clEnumValN(SearchSpace::Exhaustive, "exhaustive",
                            "every legal register tile in every loop order"),
                 clEnumValN(SearchSpace::Algorithms, "algorithms",
                            "the model's schedule of every algorithm in every "
                            "form")),
      cl::cat(category)};
  cl::opt<std::string> peer{
      "peer",
      cl::desc("Time a library next to each layer: onednn (the faster of the "
               "layout given and its own format, nchw including reorders) or "
               "openblas (im2col and sgemm), or "
               "naive (plain loops at -O3)"),
      cl::value_desc("name"), cl::cat(category)};
  cl::opt<bool> settle{
      "settle",
      cl::desc("Beside a peer, repeat each side untimed before its samples "
               "until the caches hold its data alone (default: the other side "
               "runs in between, as other layers of a network do)"),
      cl::cat(category)};
  cl::opt<bool> check{"check",
                      cl::desc("Compare exactly with the plain definition, "
                               "between guard pages, before timing"),
                      cl::cat(category)};
  cl::opt<std::string> jsonFile{"json", cl::desc("Write the results to a file"),
                                cl::value_desc("file"), cl::cat(category)};
  cl::opt<int64_t> rounds{"rounds",
                          cl::desc("Samples per measurement (default: as many "
                                   "as fit into 0.4 s, at least 7)"),
                          cl::init(0), cl::cat(category)};
  cl::opt<bool> progress{"progress",
                         cl::desc("Say on stderr what is being measured "
                                  "(default when it is a terminal)"),
                         cl::cat(category)};
  cl::opt<std::string> entry{"entry",
                             cl::desc("Function of the module to time "
                                      "(default main)"),
                             cl::init("main"), cl::cat(category)};
  cl::opt<std::string> propagateLayouts{
      "propagate-layouts",
      cl::desc("Layout of values between the convolutions of a module: plain "
               "(default), as it has them, or blocked where that pays"),
      cl::init("plain"), cl::cat(category)};
  cl::opt<bool> compareUpstream{"compare-upstream",
                                cl::desc("Also run the module lowered by plain "
                                         "upstream passes; compare results and "
                                         "times"),
                                cl::cat(category)};
};
} // namespace

static Options &options() {
  static Options all;
  return all;
}

namespace {
/// Reports what is being measured, on a line that the next one replaces.
class Progress {
public:
  explicit Progress(size_t total)
      : total(total), terminal(llvm::sys::Process::StandardErrIsDisplayed()) {}

  void announce(llvm::StringRef what) {
    ++done;
    if (!terminal && !options().progress)
      return;
    llvm::errs() << (terminal ? "\r\x1b[K" : "") << "[" << done << "/" << total
                 << "] " << what << (terminal ? "" : "\n");
    llvm::errs().flush();
  }
  void clear() {
    if (terminal)
      llvm::errs() << "\r\x1b[K";
  }

private:
  size_t total, done = 0;
  bool terminal;
};
} // namespace

static int reportError(const llvm::Twine &message) {
  llvm::WithColor::error(llvm::errs(), "conv-bench") << message << "\n";
  return 1;
}

static int reportError(llvm::Error error) {
  return reportError(llvm::toString(std::move(error)));
}

/// The algorithms to run, 'all' spelled out.
static llvm::Expected<std::vector<std::string>> getAlgorithms() {
  std::vector<std::string> known;
  for (uint64_t i = 0; i <= getMaxEnumValForAlgorithm(); ++i)
    if (std::optional<Algorithm> algorithm = symbolizeAlgorithm(i))
      known.push_back(stringifyAlgorithm(*algorithm).str());
  std::vector<std::string> chosen;
  for (const std::string &name : options().algorithms) {
    if (name == "all") {
      chosen.insert(chosen.end(), known.begin(), known.end());
      continue;
    }
    if (name != "auto" && name != "mec" && name != "upstream" &&
        !llvm::is_contained(known, name))
      return llvm::createStringError("unknown algorithm '" + name +
                                     "' (known: auto, all, mec, upstream, " +
                                     llvm::join(known, ", ") + ")");
    chosen.push_back(name);
  }
  if (chosen.empty())
    chosen.push_back("auto");
  return chosen;
}

/// Fails on values no measurement can have.
static llvm::Error checkOptions() {
  if (options().search.getNumOccurrences() &&
      (options().check || options().cold || !options().schedule.empty() ||
       !options().peer.empty()))
    return llvm::createStringError("--search cannot be combined with --check, "
                                   "--cold, --schedule or --peer");
  if (!options().peer.empty() &&
      !llvm::is_contained(getPeerNames(), options().peer))
    return llvm::createStringError(
        "unknown peer '" + options().peer +
        "' (known: " + llvm::join(getPeerNames(), ", ") + ")");
  if (options().settle && (options().peer.empty() || options().cold))
    return llvm::createStringError(
        "--settle needs --peer and cannot be combined with --cold");
  if (options().threads < 1 || options().threads > 1024)
    return llvm::createStringError("--threads must be between 1 and 1024");
  if (options().rounds < 0)
    return llvm::createStringError("--rounds must not be negative");
  if (options().batch < 0)
    return llvm::createStringError("--batch must not be negative");
  if (!options().form.empty() && !symbolizeForm(options().form))
    return llvm::createStringError("unknown form '" + options().form +
                                   "' (known: whole, banded)");
  if (options().layout != "nhwc" && options().layout != "nchw" &&
      options().layout != "blocked")
    return llvm::createStringError("unknown layout '" + options().layout +
                                   "' (known: nhwc, nchw, blocked)");
  return llvm::Error::success();
}

static bool isModule(llvm::StringRef input) {
  return input.ends_with(".mlir") || llvm::sys::fs::is_regular_file(input);
}

/// The layers that were asked for.
static llvm::Expected<std::vector<Layer>> getLayers() {
  return collectLayers({options().inputs, options().layerFiles, options().nets,
                        options().batch});
}

/// One line about the machine, and a warning when the peak was not reached.
static void printMachine(const json::Object &machine) {
  double rate = machine.getNumber("probe_fma_per_cycle").value_or(0);
  int64_t nFma = machine.getInteger("n_fma").value_or(0);
  llvm::outs() << llvm::formatv(
      "{0}, code for {1}: {2} FMA/cycle x {3} lanes, {4:f1} GFLOP/s measured "
      "per core",
      machine.getString("host").value_or("host"),
      machine.getString("cpu").value_or(""), nFma,
      machine.getInteger("n_vec").value_or(0),
      machine.getNumber("probe_gflops").value_or(0));
  if (rate > 0)
    llvm::outs() << llvm::formatv(" ({0:f2} FMA/cycle)", rate);
  llvm::outs() << "\n\n";
  llvm::outs().flush();
  if (rate > 0 && rate < 0.97 * nFma)
    llvm::WithColor::warning(llvm::errs(), "conv-bench") << llvm::formatv(
        "the peak probe reached only {0:f2} of {1} FMA per cycle: fractions "
        "of peak are too high\n",
        rate, nFma);
}

/// The probe's rate in the report's machine.
static double getGflopsPerCore(const json::Object &report) {
  const json::Object *machine = report.getObject("machine");
  return machine ? machine->getNumber("probe_gflops").value_or(0) : 0;
}

/// Warns when other work kept the probe from the peak of all threads: the
/// fractions are then taken of too little.
static void warnIfBusy(const std::vector<Record> &records,
                       double gflopsPerCore) {
  size_t busy = llvm::count_if(records, [&](const Record &record) {
    return record.result.wasTimed() &&
           record.result.peakGflops <
               0.7 * gflopsPerCore * record.request.threads;
  });
  if (busy)
    llvm::WithColor::warning(llvm::errs(), "conv-bench")
        << "in " << busy << " of " << records.size()
        << " rows the measured peak is below 70 % of that of idle cores: "
           "other work runs on this machine, do not trust their % of peak\n";
}

/// One line about the library the layers are compared with.
static void printPeer(const json::Object &peer) {
  llvm::raw_ostream &os = llvm::outs();
  os << "peer: " << peer.getString("name").value_or("") << " "
     << peer.getString("version").value_or("");
  if (auto core = peer.getString("core"))
    os << ", kernels for " << *core;
  if (auto forced = peer.getString("core_forced"))
    os << " (" << *forced << ")";
  if (auto fraction = peer.getNumber("sgemm_fraction"))
    os << llvm::format(", sgemm(1024) at %.1f %% of peak", 100 * *fraction);
  os << "\n\n";
  if (auto refused = peer.getString("refused"))
    llvm::WithColor::warning(llvm::errs(), "conv-bench")
        << "no comparison: " << *refused << "\n";
}

/// "oneDNN 2.6.3"; empty without a peer.
static std::string getPeerTitle(const json::Object &report) {
  const json::Object *peer = report.getObject("peer");
  if (!peer)
    return "";
  return (peer->getString("name").value_or("") + " " +
          peer->getString("version").value_or(""))
      .str();
}

/// Measures `records` in place, printing rows. False when a check
/// failed.
static bool measureAll(std::vector<Record> &records, double gflopsPerCore,
                       llvm::StringRef peer = "") {
  std::vector<std::string> names;
  for (const Record &record : records)
    names.push_back(record.name);
  Table table(llvm::outs(), names, peer);
  table.printHeader();
  std::unique_ptr<Measurer> measurer = createForkingMeasurer();
  Progress progress(records.size());
  bool good = true;
  for (Record &record : records) {
    progress.announce(record.name + " " + record.request.algorithm);
    PeerResult notCompared = record.result.peer;
    if (record.result.refused.empty())
      record.result = measurer->measure(record.request);
    if (record.request.peer.empty())
      record.result.peer = notCompared;
    record.result.peer.version = notCompared.version; // Unknown after a crash.
    good &= record.result.error.empty() && record.result.checked != false &&
            record.result.peer.checked != false;
    progress.clear();
    table.printRow(record);
    if (options().printSchedule && !record.result.schedule.empty())
      llvm::outs() << "    " << record.result.schedule << "\n";
  }
  table.printRanking(records);
  table.printSummary(records);
  warnIfBusy(records, gflopsPerCore);
  return good;
}

static MeasureRequest makeRequest(KernelSpec spec,
                                  const std::string &algorithm) {
  MeasureRequest request;
  request.spec = std::move(spec);
  request.algorithm = algorithm;
  request.form = options().form;
  request.maxWorkspace = options().maxWorkspace;
  request.cpu = options().cpu;
  request.threads = options().threads;
  request.rounds = options().rounds;
  request.cold = options().cold;
  request.settle = options().settle;
  request.check = options().check;
  return request;
}

/// A record per layer and algorithm, not measured yet.
static std::vector<Record> makeRecords(const std::vector<Layer> &layers,
                                       const std::vector<std::string> &chosen) {
  std::vector<Record> records;
  for (const Layer &layer : layers)
    for (const std::string &algorithm : chosen) {
      Record record;
      record.name = layer.name;
      record.net = layer.net;
      record.layout = options().layout;
      KernelSpec spec;
      spec.problem = layer.problem;
      spec.schedule = options().schedule;
      auto letters = getLetters(layer.problem, options().layout);
      if (letters)
        spec.letters = *letters;
      else
        record.result.refused = llvm::toString(letters.takeError());
      record.result.algorithm = algorithm;
      record.request = makeRequest(std::move(spec), algorithm);
      records.push_back(std::move(record));
    }
  return records;
}

/// What is fused into a convolution, for its name.
static std::string getEpilogueName(const KernelSpec &spec) {
  std::string text;
  if (spec.problem.hasBias)
    text += "+bias";
  if (spec.problem.hasResidual)
    text += "+add";
  if (spec.problem.hasClamp)
    text += spec.clampUpper ? "+clamp" : "+relu";
  return text;
}

static void printModule(const ModuleRequest &request, const ModuleResult &r) {
  llvm::raw_ostream &os = llvm::outs();
  int64_t count = r.numUnscheduled;
  for (const ModuleConvolution &convolution : r.convolutions)
    count += convolution.count;
  os << request.file << " @" << request.entry << ", " << request.threads
     << (request.threads == 1 ? " thread" : " threads") << ", " << count
     << " convolutions, " << llvm::format("%.3f", r.flops / 1e9) << " GFLOP\n";
  os << llvm::format(
      "  conv-opt  %10.3f ms  %7.1f GFLOP/s  %5.1f %% of peak  %s allocated\n",
      r.medianMs, r.gflops, 100 * r.peakFraction,
      formatBytes(r.workspaceBytes).c_str());
  if (r.numPacked)
    os << llvm::format("  (%lld filters packed once before, in %.1f ms)\n",
                       static_cast<long long>(r.numPacked), r.packMs);
  if (request.compareUpstream) {
    os << llvm::format("  upstream  %10.3f ms\n", r.upstreamMs);
    os << llvm::format("  speed-up  %10.1f x\n", r.upstreamMs / r.medianMs);
    if (r.mismatch.empty())
      os << llvm::format("  results agree: largest difference %.1e of the "
                         "largest value\n",
                         r.maxReference > 0 ? r.maxDifference / r.maxReference
                                            : 0.0);
    else
      os << "  results DIFFER: " << r.mismatch << "\n";
  }
  if (r.numUnscheduled)
    os << "  " << r.numUnscheduled
       << " convolutions took upstream's way (see --conv-autotune's "
          "warnings)\n";
  os << "\n";
  os.flush();
}

/// Times a module and each of its convolutions alone.
static int benchModule(const std::string &file, json::Object &report) {
  auto chosen = getAlgorithms();
  if (!chosen)
    return reportError(chosen.takeError());
  if (chosen->size() != 1 || chosen->front() == "upstream")
    return reportError("a module takes one --algorithm");
  if (options().search.getNumOccurrences() || !options().maxWorkspace.empty())
    return reportError("--search and --max-workspace are for layers");
  ModuleRequest request;
  request.file = file;
  request.entry = options().entry;
  request.cpu = options().cpu;
  request.algorithm = chosen->front();
  request.threads = options().threads;
  request.rounds = options().rounds;
  request.batch = std::max<int64_t>(options().batch, 1);
  request.compareUpstream = options().compareUpstream;
  request.propagateLayouts = options().propagateLayouts;
  auto result = measureModule(request);
  if (!result)
    return reportError(result.takeError());
  printModule(request, *result);

  std::vector<Record> records;
  for (const ModuleConvolution &convolution : result->convolutions) {
    Record record;
    record.name = llvm::formatv("{0}x {1}{2}", convolution.count,
                                convolution.spec.problem.str(),
                                getEpilogueName(convolution.spec));
    record.net = llvm::StringRef(file).rsplit('/').second.str();
    record.layout = convolution.spec.letters.input;
    record.request = makeRequest(convolution.spec, request.algorithm);
    records.push_back(std::move(record));
  }
  bool good = result->mismatch.empty();
  if (!records.empty())
    good &= measureAll(records, getGflopsPerCore(report));

  json::Object module = toJSON(*result);
  module.erase("convolutions");
  module["file"] = file;
  module["entry"] = options().entry.getValue();
  module["compared"] = options().compareUpstream.getValue();
  report["module"] = std::move(module);
  json::Array array;
  for (const Record &record : records)
    array.push_back(toJSON(record));
  report["records"] = std::move(array);
  return good ? 0 : 1;
}

static int benchLayers(const std::vector<Layer> &layers,
                       const std::vector<std::string> &chosen,
                       json::Object &report) {
  std::vector<Record> records = makeRecords(layers, chosen);
  if (const json::Object *peer = report.getObject("peer"))
    for (Record &record : records) {
      // A library that cannot show what it can do is not timed.
      record.result.peer.name = options().peer;
      record.result.peer.version = peer->getString("version").value_or("");
      record.result.peer.refused = peer->getString("refused").value_or("");
      if (record.result.peer.refused.empty())
        record.request.peer = options().peer;
    }
  bool good =
      measureAll(records, getGflopsPerCore(report), getPeerTitle(report));
  json::Array array;
  for (const Record &record : records)
    array.push_back(toJSON(record));
  report["records"] = std::move(array);
  return good ? 0 : 1;
}

/// One line per candidate: predicted and measured share of the peak, and how
/// much faster than the pick it is.
static void printSearch(const Record &record, const SearchResult &result) {
  llvm::raw_ostream &os = llvm::outs();
  os << record.name << ": ";
  if (!result.refused.empty()) {
    os << "refused: " << result.refused << "\n";
    return;
  }
  os << llvm::format("%zu candidates, best time / pick's time %.3f\n",
                     result.entries.size(), result.getQuality());
  for (auto [i, entry] : llvm::enumerate(result.entries)) {
    bool isFinalist = entry.speedup > 0;
    if (!isFinalist && !options().printSchedule)
      continue;
    os << llvm::format(
        "  %-4s  predicted %6.1f %%  measured %6.1f %%",
        i == result.pick ? "pick" : "", 100 * entry.predictedFraction,
        100 * (isFinalist ? entry.fraction : entry.quickFraction));
    if (isFinalist)
      os << llvm::format("  x%.3f", entry.speedup);
    os << "  "
       << (entry.refused.empty()
               ? abbreviateSchedule(entry.schedule)
               : entry.algorithm + " refused: " + entry.refused)
       << "\n";
    if (options().printSchedule && !entry.schedule.empty())
      os << "        " << entry.schedule << "\n";
  }
  os.flush();
}

/// Searches layer by layer. Fails when one has no candidates.
static int searchLayers(const std::vector<Layer> &layers,
                        const std::string &algorithm, json::Object &report) {
  std::vector<Record> records = makeRecords(layers, {algorithm});
  Progress progress(records.size());
  json::Array array;
  std::vector<double> qualities;
  for (Record &record : records) {
    progress.announce(record.name);
    SearchResult result;
    result.refused = record.result.refused;
    if (result.refused.empty())
      result = search(record.request, options().search);
    progress.clear();
    printSearch(record, result);
    json::Object object{{"name", record.name},
                        {"net", record.net},
                        {"layout", record.layout},
                        {"threads", record.request.threads},
                        {"max_workspace", record.request.maxWorkspace},
                        {"problem", record.request.spec.problem.str()},
                        {"flops", record.request.spec.problem.flops()},
                        {"quality", nullptr}};
    if (result.refused.empty()) {
      qualities.push_back(result.getQuality());
      object["quality"] = result.getQuality();
    }
    for (auto &member : toJSON(result))
      object[member.first] = std::move(member.second);
    array.push_back(std::move(object));
  }
  report["searches"] = std::move(array);
  if (!qualities.empty()) {
    double logs = 0;
    for (double quality : qualities)
      logs += std::log(quality);
    llvm::outs() << llvm::format(
        "\nbest time / pick's time: geometric mean %.3f, minimum %.3f, %zu of "
        "%zu layers\n",
        std::exp(logs / qualities.size()), *llvm::min_element(qualities),
        qualities.size(), records.size());
  }
  return qualities.size() == records.size() ? 0 : 1;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  cl::HideUnrelatedOptions(options().category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Times convolutions as a fraction of the machine's peak\n\n"
      "  conv-bench --net resnet50 --check\n"
      "  conv-bench mb1_ic64oc64_ih56oh56kh3sh1ph1 --algorithm direct\n"
      "  conv-bench model.mlir --entry main --compare-upstream\n");
  if (options().listNets) {
    for (llvm::StringRef name : getNetNames())
      if (auto layers = getNet(name))
        llvm::outs() << llvm::format("%-14s %3zu layers\n", name.str().c_str(),
                                     layers->size());
      else
        return reportError(layers.takeError());
    return 0;
  }
  if (auto error = checkOptions())
    return reportError(std::move(error));

  if (options().compareUpstream && !llvm::any_of(options().inputs, isModule))
    return reportError("--compare-upstream is for modules; for layers there is "
                       "--algorithm upstream");
  bool hasModule = llvm::any_of(options().inputs, isModule);
  if (hasModule && (options().inputs.size() > 1 || !options().nets.empty() ||
                    !options().layerFiles.empty()))
    return reportError("a module is measured alone: give one file and no "
                       "layers");
  if (hasModule && !options().peer.empty())
    return reportError("--peer is for layers; modules have --compare-upstream");
  std::vector<Layer> layers;
  std::vector<std::string> chosen;
  if (!hasModule) {
    auto collected = getLayers();
    if (!collected)
      return reportError(collected.takeError());
    layers = std::move(*collected);
    if (layers.empty())
      return reportError("nothing to measure: give problem strings, --net, "
                         "--layers or a .mlir file (see --help)");
    auto names = getAlgorithms();
    if (!names)
      return reportError(names.takeError());
    chosen = std::move(*names);
    if (options().search.getNumOccurrences() && chosen.size() != 1)
      return reportError("--search starts from the pick of one --algorithm");
  }

  // Opened first: a typo should not cost an hour of measurements.
  std::unique_ptr<llvm::raw_fd_ostream> out;
  if (!options().jsonFile.empty()) {
    std::error_code code;
    out = std::make_unique<llvm::raw_fd_ostream>(options().jsonFile, code);
    if (code)
      return reportError("cannot write " + options().jsonFile + ": " +
                         code.message());
  }
  auto machine = describeMachine(options().cpu, options().threads);
  if (!machine)
    return reportError(machine.takeError());
  printMachine(*machine);
  json::Object report{{"machine", std::move(*machine)}};
  if (!options().peer.empty()) {
    auto peer = describePeer(options().peer, options().cpu, options().threads);
    if (!peer)
      return reportError(peer.takeError());
    printPeer(*peer);
    report["peer"] = std::move(*peer);
  }
  int status = 0;
  if (hasModule)
    status = benchModule(options().inputs.front(), report);
  else if (options().search.getNumOccurrences())
    status = searchLayers(layers, chosen.front(), report);
  else
    status = benchLayers(layers, chosen, report);
  if (out)
    *out << llvm::formatv("{0:2}\n", json::Value(std::move(report)));
  return status;
}
