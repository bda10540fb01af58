package io.elbench.runner.core;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import org.junit.Test;

/** What /proc tells of a process, on phones and here. */
public final class ProcessTest {

  @Test
  public void aPhonesStatusIsRead() throws IOException {
    String status = sample("android13.txt");
    assertEquals(Long.valueOf(303884), ProcStatus.kib(status, "VmRSS"));
    assertEquals(Long.valueOf(312056), ProcStatus.kib(status, "VmHWM"));
    assertEquals(Long.valueOf(18320), ProcStatus.kib(status, "VmSwap"));
    assertArrayEquals(new long[] {0, 1, 2, 3, 4, 5, 6, 7}, ProcessFacts.cpus(status));
    assertTrue(status.length() < ProcStatus.BYTES);
  }

  @Test
  public void anOldKernelHasNoPeakAndOtherCpus() throws IOException {
    String status = sample("kernel3.txt");
    assertEquals(Long.valueOf(61204), ProcStatus.kib(status, "VmRSS"));
    assertNull(ProcStatus.kib(status, "VmHWM"));
    assertNull(ProcStatus.kib(status, "VmSwap"));
    assertArrayEquals(new long[] {0, 2, 3, 6}, ProcessFacts.cpus(status));
  }

  @Test
  public void aNameIsOnlyFoundAtTheStartOfALine() {
    String status = "Name:\tVmRSS: 5 kB\nXVmRSS:\t6 kB\nVmRSS:\t     7 kB\nVmRSSX:\t8 kB\n";
    assertEquals(Long.valueOf(7), ProcStatus.kib(status, "VmRSS"));
    assertEquals(Long.valueOf(1), ProcStatus.kib("VmRSS: 1 kB", "VmRSS"));
  }

  @Test
  public void whatIsNoNumberOfKibIsNoValue() {
    for (String line :
        new String[] {"", "VmRSS:", "VmRSS: 12", "VmRSS: -1 kB", "VmRSS: many kB", "VmRSS:\nVmHWM: 3 kB"}) {
      assertNull(line, ProcStatus.kib(line, "VmRSS"));
    }
    assertNull(ProcStatus.kib("VmRSS: 9999999999999999999 kB", "VmRSS"));
  }

  @Test
  public void aStatusWithoutCpusNamesNone() {
    assertEquals(0, ProcessFacts.cpus("Name:\tx\n").length);
    assertArrayEquals(new long[] {5}, ProcessFacts.cpus("Cpus_allowed_list:\t5\n"));
  }

  @Test
  public void ownStatusIsCopiedWholeAndAgain() throws IOException {
    try (ProcStatus status = new ProcStatus(new File("/proc/self/status"))) {
      for (int round = 0; round < 2; round++) {
        ByteBuffer row = ByteBuffer.allocateDirect(ProcStatus.BYTES);
        status.copyInto(row);
        String text = ProcStatus.text(row);
        assertTrue(text, text.startsWith("Name:"));
        assertTrue(text, text.contains("nonvoluntary_ctxt_switches"));
      }
    }
  }

  @Test
  public void aStatusThatCanNoMoreBeReadEndsTheSampling() throws IOException {
    ProcStatus status = new ProcStatus(new File("/proc/self/status"));
    MemorySampler sampler = new MemorySampler(status, "steady", 100, 10, 0);
    status.close();
    sampler.sampleIfDue(100_000_000);
    sampler.sampleIfDue(900_000_000);
    assertEquals(Collections.emptyList(), sampler.readings());
  }

  @Test
  public void samplingEndsWhereItsMemoryEnds() throws IOException {
    try (ProcStatus status = new ProcStatus(new File("/proc/self/status"))) {
      MemorySampler sampler = new MemorySampler(status, "steady", 100, 0.25, 0);
      for (long ms = 0; ms < 10_000; ms += 50) {
        sampler.sampleIfDue(ms * 1_000_000);
      }
      assertEquals(4, sampler.readings().size());
      assertEquals(100_000_000, sampler.readings().get(0).atNs);
      assertEquals(200_000_000, sampler.readings().get(1).atNs);
    }
  }

  @Test
  public void aPeriodOfNothingSamplesNothing() {
    MemorySampler sampler = new MemorySampler(null, "steady", 0, 60, 0);
    sampler.sampleIfDue(Long.MAX_VALUE - 1);
    assertTrue(sampler.readings().isEmpty());
  }

  @Test
  public void ownFactsAreThoseOfThisProcess() throws IOException {
    ProcessFacts facts = new ProcessFacts("0.1.0", "x86_64", 34, 4096, false, false);
    String pid = OwnStatus.line("Pid");
    assertEquals(Long.parseLong(pid), facts.pid);
    assertTrue(facts.affinity.length > 0);
    assertTrue(facts.cpuset.startsWith("/") || facts.cpuset.startsWith("unreadable"));
  }

  @Test
  public void theMeasuringThreadCountsItselfAndThoseOfItsNameAlone() throws InterruptedException {
    int[] counted = new int[2];
    Thread measuring =
        new Thread(
            () -> {
              counted[0] = RuntimeThreads.count();
              RuntimeThreads.nameOwn();
              counted[1] = RuntimeThreads.count();
            });
    measuring.start();
    measuring.join();
    assertEquals(1, counted[1] - counted[0]);
    assertTrue(RuntimeThreads.NAME.length() <= 15);
  }

  @Test
  public void theVersionsAreThoseOfTheBuild() {
    Versions versions = new Versions();
    assertTrue(versions.runner(), versions.runner().matches("\\d+\\.\\d+\\.\\d+.*"));
    assertTrue(versions.pytorchLite(), versions.pytorchLite().matches("\\d+\\.\\d+\\.\\d+"));
  }

  @Test
  public void theClockSleepsAtLeastAsLongAsItShould() {
    Clock clock = new MonotonicClock();
    long beginNs = clock.nowNs();
    clock.sleepNs(2_000_000);
    assertTrue(clock.nowNs() - beginNs >= 2_000_000);
  }

  @Test
  public void aFileThatIsNotThereCannotBeOpened() {
    assertThrows(IOException.class, () -> new ProcStatus(new File("/proc/self/nothing")));
  }

  /** This process's own status, line by line. */
  private static final class OwnStatus {
    static String line(String name) throws IOException {
      for (String line : Files.text(new File("/proc/self/status")).split("\n")) {
        if (line.startsWith(name + ":")) {
          return line.substring(name.length() + 1).trim();
        }
      }
      throw new AssertionError("/proc/self/status has no " + name);
    }
  }

  private static String sample(String name) throws IOException {
    try (InputStream input = ProcessTest.class.getResourceAsStream("/proc_pid_status/" + name)) {
      return new String(Files.bytes(input, Integer.MAX_VALUE), StandardCharsets.UTF_8);
    }
  }
}
