// Calls the compiled model from several threads at once, each with a workspace
// of its own, kept from call to call.

#include "block.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

namespace {
/// Memory aligned as the model wants it.
class Workspace {
public:
  explicit Workspace(size_t bytes) : memory(bytes + 63) {}
  void *get() {
    void *pointer = memory.data();
    size_t space = memory.size();
    return std::align(64, space - 63, pointer, space);
  }

private:
  std::vector<char> memory;
};

std::vector<float> makeValues(size_t count, float scale) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i)
    values[i] = scale * static_cast<float>(static_cast<int>(i * 7 % 17) - 8);
  return values;
}
} // namespace

int main() {
  if (!block_supported()) {
    std::puts("this CPU is none of those the model was compiled for");
    return 0;
  }
  std::vector<float> x = makeValues(BLOCK_MAIN_ARG0_SIZE, 0.125f),
                     w0 = makeValues(BLOCK_MAIN_ARG1_SIZE, 0.01f),
                     b0 = makeValues(BLOCK_MAIN_ARG2_SIZE, 0.1f),
                     w1 = makeValues(BLOCK_MAIN_ARG3_SIZE, 0.01f),
                     b1 = makeValues(BLOCK_MAIN_ARG4_SIZE, 0.1f),
                     w2 = makeValues(BLOCK_MAIN_ARG5_SIZE, 0.01f),
                     b2 = makeValues(BLOCK_MAIN_ARG6_SIZE, 0.1f);
  std::vector<float> first(BLOCK_MAIN_RESULT0_SIZE);
  if (block_main_malloc(x.data(), w0.data(), b0.data(), w1.data(), b1.data(),
                        w2.data(), b2.data(), first.data()))
    return 1;

  constexpr int numThreads = 4, numCalls = 3;
  std::vector<std::vector<float>> results(
      numThreads, std::vector<float>(BLOCK_MAIN_RESULT0_SIZE));
  std::vector<std::thread> threads;
  for (std::vector<float> &result : results)
    threads.emplace_back([&] {
      Workspace workspace(block_main_workspace_size());
      for (int i = 0; i < numCalls; ++i)
        block_main(x.data(), w0.data(), b0.data(), w1.data(), b1.data(),
                   w2.data(), b2.data(), result.data(), workspace.get());
    });
  for (std::thread &thread : threads)
    thread.join();
  bool same = std::all_of(results.begin(), results.end(),
                          [&](const auto &result) { return result == first; });
  float largest = 0;
  for (float value : first)
    largest = std::max(largest, std::fabs(value));
  std::printf("%d threads, results %s, largest value %.3f\n", numThreads,
              same ? "equal" : "DIFFER", static_cast<double>(largest));
  return same && largest > 0 ? 0 : 1;
}
