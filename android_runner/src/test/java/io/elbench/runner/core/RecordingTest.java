package io.elbench.runner.core;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import org.junit.Test;

public final class RecordingTest {

  private static final long MS = 1_000_000L;

  private final SteppedClock clock = new SteppedClock();
  private final StringBuilder order = new StringBuilder();

  @Test
  public void bothMinimaMustBeMet() {
    assertEquals(7, recorded(new Request.Measure(7, 0.003, 100, 60, 0)).count());
    assertEquals(20, recorded(new Request.Measure(7, 0.02, 100, 60, 0)).count());
  }

  @Test
  public void eitherMaximumEndsTheMeasurement() {
    assertEquals(10, recorded(new Request.Measure(50, 1, 10, 60, 0)).count());
    assertEquals(30, recorded(new Request.Measure(50, 1, 100, 0.03, 0)).count());
  }

  @Test
  public void startsAndDurationsAreTheForwardsAlone() {
    long beginNs = clock.nowNs();
    Recording recording = recorded(new Request.Measure(3, 0, 3, 60, 4));
    assertArrayEquals(
        new long[] {beginNs, beginNs + 5 * MS, beginNs + 10 * MS}, recording.startNs(0, 3));
    assertArrayEquals(new long[] {MS, MS, MS}, recording.durationNs(0, 3));
    assertArrayEquals(new long[] {beginNs + 5 * MS}, recording.startNs(1, 2));
    assertEquals(12 * MS, clock.sleptNs);
  }

  @Test
  public void pausesCountAsSecondsOfTheMeasurement() {
    assertEquals(4, recorded(new Request.Measure(1, 0.02, 100, 60, 4)).count());
  }

  @Test
  public void nothingIsRunBeyondWhatWasAskedForInBlocks() {
    Recording recording = recording("a", new Request.Measure(5, 0, 5, 60, 0));
    recording.run(clock, none(), 3);
    assertFalse(recording.isOver());
    recording.run(clock, none(), 3);
    assertTrue(recording.isOver());
    recording.run(clock, none(), Integer.MAX_VALUE);
    assertEquals(5, recording.count());
  }

  @Test
  public void twoModelsAlternateInBlocksOfAbba() {
    Request.Measure measure = new Request.Measure(8, 0, 8, 60, 0);
    Duet.run(
        Arrays.asList(recording("a", measure), recording("b", measure)), clock, none(), 2);
    assertEquals("aabbbbaaaabbbbaa", order.toString());
  }

  @Test
  public void aModelThatIsOverWaitsForTheOther() {
    Duet.run(
        Arrays.asList(
            recording("a", new Request.Measure(2, 0, 2, 60, 0)),
            recording("b", new Request.Measure(5, 0, 5, 60, 0))),
        clock, none(), 2);
    assertEquals("aabbbbb", order.toString());
  }

  @Test
  public void aBlockOfNothingIsABlockOfOne() {
    Request.Measure measure = new Request.Measure(2, 0, 2, 60, 0);
    Duet.run(
        Arrays.asList(recording("a", measure), recording("b", measure)), clock, none(), 0);
    assertEquals("abba", order.toString());
    Duet.run(Collections.singletonList(recording("c", measure)), clock, none(), 0);
    assertEquals("abbacc", order.toString());
  }

  @Test
  public void theSecondsOfOneModelAreNotThoseOfTheOther() {
    Recording first = recording("a", new Request.Measure(1, 0.004, 100, 60, 0));
    Recording second = recording("b", new Request.Measure(1, 0.004, 100, 60, 0));
    Duet.run(Arrays.asList(first, second), clock, none(), 1);
    assertEquals(4, first.count());
    assertEquals(4, second.count());
  }

  private Recording recorded(Request.Measure request) {
    Recording recording = recording("m", request);
    recording.run(clock, none());
    assertTrue(recording.isOver());
    return recording;
  }

  /** A model of a millisecond. */
  private Recording recording(String name, Request.Measure request) {
    TimedModel model =
        new TimedModel(clock, MS) {
          @Override
          public void forward() {
            super.forward();
            order.append(name);
          }
        };
    return new Recording(model, request);
  }

  private MemorySampler none() {
    return new MemorySampler(null, "steady", 0, 1, clock.nowNs());
  }
}
