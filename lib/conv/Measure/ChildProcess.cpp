//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/ChildProcess.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

using namespace mlir::conv;
using namespace mlir::conv::bench;

static llvm::Error makeSystemError(const char *what) {
  return llvm::createStringError(llvm::Twine(what) + ": " +
                                 std::strerror(errno));
}

[[noreturn]] static void
runChild(int fd, llvm::function_ref<llvm::json::Value(StageFunction)> body) {
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL); // Do not outlive an interrupted parent.
#endif
  // A crash here is a result, not an accident of the tool: no stack trace.
  for (int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP})
    std::signal(number, SIG_DFL);
  llvm::raw_fd_ostream os(fd, /*shouldClose=*/false, /*unbuffered=*/true);
  llvm::json::Value value =
      body([&](llvm::StringRef stage, llvm::json::Value partial) {
        os << llvm::formatv("#{0}#{1}\n", stage, partial);
      });
  std::string text = llvm::formatv("{0}", value);
  os << text << "\n";
  llvm::errs().flush();
  // Not exit: what the parent registered to run at exit is the parent's.
  _exit(0);
}

llvm::Expected<ChildOutcome>
bench::runInChild(llvm::function_ref<llvm::json::Value(StageFunction)> body,
                  llvm::function_ref<bool()> cancelled) {
  int ends[2];
  if (pipe(ends))
    return makeSystemError("cannot create a pipe");
  llvm::outs().flush();
  llvm::errs().flush();
  pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    return makeSystemError("cannot start a process");
  }
  if (child == 0) {
    close(ends[0]);
    runChild(ends[1], body);
  }
  close(ends[1]);

  std::string text;
  char chunk[4096];
  while (true) {
    if (cancelled) {
      pollfd readable{ends[0], POLLIN, 0};
      constexpr int milliseconds = 100;
      if (poll(&readable, 1, milliseconds) <= 0) {
        if (cancelled())
          kill(child, SIGKILL); // Then the pipe ends.
        else
          continue;
      }
    }
    ssize_t got = read(ends[0], chunk, sizeof(chunk));
    if (got > 0)
      text.append(chunk, got);
    else if (got == 0 || errno != EINTR)
      break;
  }
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    ;

  ChildOutcome outcome;
  for (llvm::StringRef line : llvm::split(text, '\n')) {
    bool isStage = line.consume_front("#");
    if (isStage) {
      auto [stage, rest] = line.split('#');
      outcome.stage = stage.str();
      line = rest;
    }
    auto value = llvm::json::parse(line);
    if (!value) { // Cut off by a crash, or the end of the text.
      llvm::consumeError(value.takeError());
      continue;
    }
    (isStage ? outcome.partial : outcome.value) = std::move(*value);
  }
  if (WIFSIGNALED(status)) {
    outcome.value.reset();
    outcome.death = llvm::formatv("signal {0} ({1})", WTERMSIG(status),
                                  strsignal(WTERMSIG(status)));
  } else if (!outcome.value) {
    outcome.death = llvm::formatv("exit code {0}", WEXITSTATUS(status));
  }
  return outcome;
}
