package io.elbench.runner.core;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;

public final class WarmupRuleTest {

  private final SteppedClock clock = new SteppedClock();

  @Test
  public void warmUpEndsAtTheSameIterationAsInPython() throws IOException {
    for (JsonElement element : SharedExamples.json("warmup.json").getAsJsonArray()) {
      JsonObject example = element.getAsJsonObject();
      String name = example.get("name").getAsString();
      JsonObject request = example.getAsJsonObject("request");
      Request.Warmup wanted =
          new Request.Warmup(
              request.get("min_iterations").getAsLong(),
              request.get("min_seconds").getAsDouble(),
              request.get("max_seconds").getAsDouble(),
              request.get("rule").getAsString());
      Warmup warmup = new Warmup(wanted);
      warmup.run(new TimedModel(clock, durations(example)), clock, none());
      assertEquals(name, example.get("iterations").getAsInt(), warmup.durationsNs().length);
      assertEquals(name, example.get("converged").getAsBoolean(), warmup.converged());
    }
  }

  @Test
  public void warmUpKeepsEveryDuration() {
    Warmup warmup = new Warmup(new Request.Warmup(3, 0, 10, "fixed"));
    warmup.run(new TimedModel(clock, 30, 20, 10), clock, none());
    assertArrayEquals(new long[] {30, 20, 10}, warmup.durationsNs());
    assertTrue(warmup.converged());
  }

  @Test
  public void warmUpEndsWhereItsMemoryEnds() {
    Warmup warmup = new Warmup(new Request.Warmup(1_000_000, 0, 1e9, "fixed"));
    warmup.run(new TimedModel(clock, 1), clock, none());
    assertEquals(Warmup.MAX_ITERATIONS, warmup.durationsNs().length);
    assertFalse(warmup.converged());
  }

  /** Pairs of a duration and how often it comes, the last one for ever. */
  private static long[] durations(JsonObject example) {
    List<Long> all = new ArrayList<>();
    for (JsonElement element : example.getAsJsonArray("durations_ns")) {
      JsonArray pair = element.getAsJsonArray();
      for (int repeat = 0; repeat < pair.get(1).getAsInt(); repeat++) {
        all.add(pair.get(0).getAsLong());
      }
    }
    long[] durations = new long[all.size()];
    for (int index = 0; index < durations.length; index++) {
      durations[index] = all.get(index);
    }
    return durations;
  }

  private MemorySampler none() {
    return new MemorySampler(null, "warmup", 0, 1, clock.nowNs());
  }
}
