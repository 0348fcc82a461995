//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

///
/// \file
/// Where jobs come from and answers go to, and the processes that do them.
///
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include "board.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *const kUsage =
    "Measures what conv-tune compiled for this machine\n"
    "\n"
    "  conv-board -          do the job on standard input, answer on output\n"
    "  conv-board FOLDER     do the jobs NAME.job that come into a folder, "
    "answer\n"
    "                        in NAME.answer; until there is a file 'stop'\n";

/// Candidates that may crash in one job, and how often a folder is looked into.
enum { mostCrashes = 10 };
static const struct timespec kPause = {0, 200000000};

//===----------------------------------------------------------------------===//
// Answers
//===----------------------------------------------------------------------===//

static void printText(FILE *out, const char *name, const char *text) {
  fprintf(out, "\"%s\":\"", name);
  for (; *text; ++text)
    if (*text == '"' || *text == '\\')
      fprintf(out, "\\%c", *text);
    else if ((unsigned char)*text >= ' ' && (unsigned char)*text < 0x7f)
      fputc(*text, out);
  fputc('"', out);
}

static void printTrial(FILE *out, const struct trial *trial) {
  static const char *const verdicts[] = {
      "untried", "timed", "faster", "slower", "wrong", "crashed", "refused"};
  fputc('{', out);
  printText(out, "verdict", verdicts[trial->verdict]);
  fprintf(out, ",\"ratio\":%.9g,\"seconds\":%.9g,\"workspace_bytes\":%lld,",
          trial->ratio, trial->seconds, (long long)trial->workspaceBytes);
  printText(out, "reason", trial->reason);
  fputc('}', out);
}

static void printAnswer(FILE *out, const struct results *results, int count) {
  static const char *const statuses[] = {"done", "busy", "failed"};
  struct utsname system = {0};
  uname(&system);
  fputs("{\"conv-board\":1,", out);
  printText(out, "host", system.nodename);
  fputc(',', out);
  printText(out, "architecture", system.machine);
  fputc(',', out);
  printText(out, "status", statuses[results->status]);
  fputc(',', out);
  printText(out, "reason", results->reason);
  fprintf(out, ",\"best\":%d,\"candidates\":[", results->best);
  for (int i = 0; i < count; ++i) {
    fputs(i ? "," : "", out);
    printTrial(out, &results->trials[i]);
  }
  fputc(']', out);
  if (results->isFinished)
    fprintf(out,
            ",\"final\":{\"confirmation\":%.9g,\"seconds\":%.9g,\"peak\":%.9g,"
            "\"fraction\":%.9g,\"noise\":%.9g,\"busy\":%.9g}",
            results->confirmation, results->timing.seconds,
            results->timing.peak, results->timing.fraction,
            results->timing.noise, results->timing.busy);
  fputs("}\n", out);
}

//===----------------------------------------------------------------------===//
// Jobs
//===----------------------------------------------------------------------===//

/// One process that tries candidates; what it was when it ended.
static int runProcess(const struct job *job, struct results *results) {
  pid_t child = fork();
  if (child < 0)
    return -1;
  if (child == 0) {
    runSearch(job, 1, results);
    _exit(0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    ;
  return status;
}

/// Does a job; a candidate that crashes is out, and the others go on.
static void runJob(const struct job *job, struct results *results) {
  results->best = job->incumbent;
  for (int crashes = 0; crashes < mostCrashes; ++crashes) {
    int status = runProcess(job, results);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
      return;
    int running = results->running;
    struct trial *trial = &results->trials[running];
    trial->verdict = Crashed;
    snprintf(trial->reason, maxReason, "%s",
             WIFSIGNALED(status) ? strsignal(WTERMSIG(status))
                                 : "the process ended");
    if (running == results->best)
      results->best = 0;
    if (running == 0) {
      results->status = Failed;
      snprintf(results->reason, maxReason, "the model's pick crashed: %.100s",
               trial->reason);
      return;
    }
  }
  results->status = Failed;
  snprintf(results->reason, maxReason, "too many candidates crashed");
}

/// Reads a job and answers it. False when the answer cannot be written.
static bool answer(FILE *in, FILE *out) {
  static struct job job;
  struct results *results = mmap(NULL, sizeof(*results), PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (results == MAP_FAILED)
    return false;
  const char *wrong = readJob(in, &job);
  if (wrong) {
    results->status = Failed;
    snprintf(results->reason, maxReason, "%s", wrong);
  } else {
    runJob(&job, results);
  }
  printAnswer(out, results, wrong ? 0 : job.numCandidates);
  freeJob(&job);
  munmap(results, sizeof(*results));
  return fflush(out) == 0 && !ferror(out);
}

//===----------------------------------------------------------------------===//
// Folders
//===----------------------------------------------------------------------===//

enum { maxPath = 4096 };

static bool answerFile(const char *folder, const char *name, size_t length) {
  char job[maxPath], partial[maxPath], done[maxPath];
  int count = (int)length;
  snprintf(job, maxPath, "%s/%s", folder, name);
  snprintf(partial, maxPath, "%s/%.*s.partial", folder, count, name);
  snprintf(done, maxPath, "%s/%.*s.answer", folder, count, name);
  FILE *in = fopen(job, "rb");
  if (!in)
    return true; // Another runner took it.
  FILE *out = fopen(partial, "wb");
  bool isGood = out && answer(in, out);
  fclose(in);
  if (out && fclose(out))
    isGood = false;
  // The answer appears as a whole, and the job is there until it does.
  return isGood && !rename(partial, done) && !unlink(job);
}

/// The length of a job's name without its end; 0 for other files.
static size_t getJobLength(const char *name) {
  size_t length = strlen(name);
  const char *end = ".job";
  return length > strlen(end) && !strcmp(name + length - strlen(end), end)
             ? length - strlen(end)
             : 0;
}

static int serveFolder(const char *folder) {
  char stop[maxPath];
  snprintf(stop, maxPath, "%s/stop", folder);
  while (access(stop, F_OK)) {
    DIR *directory = opendir(folder);
    if (!directory) {
      fprintf(stderr, "conv-board: %s: %s\n", folder, strerror(errno));
      return EXIT_FAILURE;
    }
    struct dirent *entry;
    while ((entry = readdir(directory))) {
      size_t length = getJobLength(entry->d_name);
      if (length > 0 && !answerFile(folder, entry->d_name, length)) {
        fprintf(stderr, "conv-board: cannot answer %s in %s: %s\n",
                entry->d_name, folder, strerror(errno));
        closedir(directory);
        return EXIT_FAILURE;
      }
    }
    closedir(directory);
    nanosleep(&kPause, NULL);
  }
  return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
  if (argc != 2 || !strcmp(argv[1], "--help")) {
    fputs(kUsage, argc == 2 ? stdout : stderr);
    return argc == 2 ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  if (!strcmp(argv[1], "-"))
    return answer(stdin, stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
  return serveFolder(argv[1]);
}
