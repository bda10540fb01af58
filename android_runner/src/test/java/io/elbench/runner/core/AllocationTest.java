package io.elbench.runner.core;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.Test;

/** Nothing is allocated between two timed iterations, counted by the JVM itself. */
public final class AllocationTest {

  private static final int ITERATIONS = 300;
  private static final int ROUNDS = 5;
  private static final long PERIOD_MS = 100;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final SteppedClock clock = new SteppedClock();

  /** What an allocation is kept in, so that no compiler removes it. */
  private Object kept;

  @Test
  public void warmUpAllocatesNothing() throws IOException {
    assertEquals(0, allocated(this::warmUp, quiet(), clock));
  }

  @Test
  public void theSteadyPhaseAllocatesNothing() throws IOException {
    assertEquals(0, allocated(this::measure, quiet(), clock));
  }

  @Test
  public void aDuetAllocatesNothingButItsOrder() throws IOException {
    long once = allocated(subject -> duet(subject, 1), quiet(), clock);
    assertTrue(once + " bytes", once < 100);
    assertEquals(once, allocated(subject -> duet(subject, ITERATIONS / 2), quiet(), clock));
  }

  @Test
  public void anAllocatingModelIsCaught() throws IOException {
    TimedModel wasteful =
        new TimedModel(clock, PERIOD_MS * 1_000_000) {
          @Override
          public void forward() {
            super.forward();
            kept = new Object();
          }
        };
    assertTrue(allocated(this::warmUp, wasteful, clock) >= 16 * ITERATIONS);
    assertTrue(allocated(this::measure, wasteful, clock) >= 16 * ITERATIONS);
    assertTrue(allocated(subject -> duet(subject, 1), wasteful, clock) >= 2 * 16 * ITERATIONS);
  }

  @Test
  public void anAllocatingClockIsCaught() throws IOException {
    Clock wasteful =
        new Clock() {
          @Override
          public long nowNs() {
            kept = new Object();
            return clock.nowNs();
          }

          @Override
          public void sleepNs(long durationNs) {
            clock.sleepNs(durationNs);
          }
        };
    assertTrue(allocated(this::warmUp, quiet(), wasteful) >= 2 * 16 * ITERATIONS);
    assertTrue(allocated(this::measure, quiet(), wasteful) >= 2 * 16 * ITERATIONS);
  }

  @Test
  public void theRealClockAllocatesNothing() throws IOException {
    assertEquals(0, allocated(subject -> subject.clock.sleepNs(1), quiet(), new MonotonicClock()));
  }

  /** What one measurement needs; everything made beforehand, as in a launch. */
  private static final class Subject {
    final Clock clock;
    final TimedModel model;
    final Warmup warmup = new Warmup(new Request.Warmup(ITERATIONS, 0, 1e9, "ema"));
    final List<Recording> recordings;
    final MemorySampler sampler;

    Subject(TimedModel model, Clock clock, ProcStatus status) {
      this.clock = clock;
      this.model = model;
      Request.Measure measure = new Request.Measure(ITERATIONS, 0, ITERATIONS, 1e9, 1);
      this.recordings =
          Arrays.asList(new Recording(model, measure), new Recording(model, measure));
      this.sampler = new MemorySampler(status, "steady", (int) PERIOD_MS, 1e9, clock.nowNs());
    }
  }

  /**
   * Bytes that this thread allocates in some work: the least of several rounds, since loading and compiling
   * the code allocates too, in some of them.
   */
  private static long allocated(Consumer<Subject> work, TimedModel model, Clock clock)
      throws IOException {
    long least = Long.MAX_VALUE;
    try (ProcStatus status = new ProcStatus(new File("/proc/self/status"))) {
      for (int round = 0; round < ROUNDS; round++) {
        Subject subject = new Subject(model, clock, status);
        long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
        work.accept(subject);
        long after = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
        least = Math.min(least, after - before);
      }
    }
    return least;
  }

  private TimedModel quiet() {
    return new TimedModel(clock, PERIOD_MS * 1_000_000);
  }

  private void warmUp(Subject subject) {
    subject.warmup.run(subject.model, subject.clock, subject.sampler);
  }

  private void measure(Subject subject) {
    subject.recordings.get(0).run(subject.clock, subject.sampler);
  }

  private void duet(Subject subject, int block) {
    Duet.run(subject.recordings, subject.clock, subject.sampler, block);
  }

  @Test
  public void memoryIsReallySampledMeanwhile() throws IOException {
    try (ProcStatus status = new ProcStatus(new File("/proc/self/status"))) {
      Subject subject = new Subject(quiet(), clock, status);
      measure(subject);
      List<MemoryReading> readings = subject.sampler.readings();
      assertEquals(ITERATIONS, readings.size());
      for (MemoryReading reading : readings) {
        assertTrue(reading.kib().get("rss_kib") > 1000);
      }
    }
  }
}
