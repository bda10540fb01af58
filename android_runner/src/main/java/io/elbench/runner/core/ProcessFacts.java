package io.elbench.runner.core;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What this process is and where it may run: the fields of {@code started} that no engine knows. */
public final class ProcessFacts {

  private static final Pattern ALLOWED =
      Pattern.compile("^Cpus_allowed_list:\\s*([0-9,-]+)$", Pattern.MULTILINE);

  final String runnerVersion;
  final String abi;
  final int api;
  final long pageSize;
  final boolean sustainedMode;
  final boolean debuggable;
  final long pid;
  final String cpuset;
  final long[] affinity;

  /** Takes what the platform says, and reads the rest from /proc/self. */
  public ProcessFacts(
      String runnerVersion,
      String abi,
      int api,
      long pageSize,
      boolean sustainedMode,
      boolean debuggable) {
    this(
        runnerVersion, abi, api, pageSize, sustainedMode, debuggable, ownPid(), ownCpuset(), ownAffinity());
  }

  ProcessFacts(
      String runnerVersion,
      String abi,
      int api,
      long pageSize,
      boolean sustainedMode,
      boolean debuggable,
      long pid,
      String cpuset,
      long[] affinity) {
    this.runnerVersion = runnerVersion;
    this.abi = abi;
    this.api = api;
    this.pageSize = pageSize;
    this.sustainedMode = sustainedMode;
    this.debuggable = debuggable;
    this.pid = pid;
    this.cpuset = cpuset;
    this.affinity = affinity;
  }

  private static long ownPid() {
    try {
      return Long.parseLong(new File("/proc/self").getCanonicalFile().getName());
    } catch (IOException | NumberFormatException impossible) {
      throw new IllegalStateException("/proc/self names no process", impossible);
    }
  }

  private static String ownCpuset() {
    try {
      return Files.text(new File("/proc/self/cpuset")).trim();
    } catch (IOException denied) {
      return "unreadable: " + denied.getMessage();
    }
  }

  /** Empty where the system does not say. */
  private static long[] ownAffinity() {
    try {
      return cpus(Files.text(new File("/proc/self/status")));
    } catch (IOException denied) {
      return new long[0];
    }
  }

  static long[] cpus(String status) {
    Matcher allowed = ALLOWED.matcher(status);
    List<Long> cpus = new ArrayList<>();
    for (String range : allowed.find() ? allowed.group(1).split(",") : new String[0]) {
      String[] ends = range.split("-", 2);
      for (long cpu = Long.parseLong(ends[0]); cpu <= Long.parseLong(ends[ends.length - 1]); cpu++) {
        cpus.add(cpu);
      }
    }
    long[] numbers = new long[cpus.size()];
    for (int index = 0; index < numbers.length; index++) {
      numbers[index] = cpus.get(index);
    }
    return numbers;
  }
}
