//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/Coprocess.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace mlir::conv::bench;

static llvm::Error makeError(llvm::StringRef what, int number) {
  return llvm::createStringError(what + ": " + std::strerror(number));
}

llvm::Expected<Coprocess>
Coprocess::start(llvm::StringRef program,
                 llvm::ArrayRef<std::string> arguments) {
  // A socket, not two pipes: who writes to one that nobody reads can be told
  // so without a signal.
  std::array<int, 2> ends;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()))
    return makeError("cannot create a socket", errno);
  std::string path = program.str();
  std::vector<char *> argv{path.data()};
  std::vector<std::string> copies(arguments.begin(), arguments.end());
  for (std::string &argument : copies)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t process;
  int failure = posix_spawn(&process, path.c_str(), &actions,
                            /*attributes=*/nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failure) {
    ::close(ends[0]);
    return makeError("cannot start " + path, failure);
  }
  return Coprocess(process, ends[0]);
}

Coprocess::Coprocess(Coprocess &&other) noexcept
    : process(other.process), file(std::exchange(other.file, -1)),
      received(std::move(other.received)) {}

Coprocess::~Coprocess() {
  if (file < 0)
    return;
  ::close(file);
  ::kill(process, SIGKILL);
  int status;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
}

llvm::Error Coprocess::send(llvm::StringRef line) {
  std::string text = (line + "\n").str();
  for (llvm::StringRef rest = text; !rest.empty();) {
    ssize_t count = ::send(file, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return llvm::createStringError("the program has ended");
    rest = rest.drop_front(count);
  }
  return llvm::Error::success();
}

llvm::Expected<std::string> Coprocess::receive() {
  while (true) {
    if (size_t end = received.find('\n'); end != std::string::npos) {
      std::string line = received.substr(0, end);
      received.erase(0, end + 1);
      return line;
    }
    std::array<char, 4096> bytes;
    ssize_t count = ::recv(file, bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return llvm::createStringError("the program has ended");
    received.append(bytes.data(), count);
  }
}
