package io.elbench.runner.core;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.io.IOException;
import org.junit.Test;

public final class RequestReaderTest {

  @Test
  public void everyAcceptedExampleIsRead() throws IOException {
    for (File example : SharedExamples.files("requests/accepted", ".json")) {
      Request request = RequestReader.read(Files.text(example));
      assertEquals(example.getName(), "01JDEXAMPLE0001", request.launch);
    }
  }

  @Test
  public void everyRefusedExampleIsRefusedByTheKeyInItsName() throws IOException {
    for (File example : SharedExamples.files("requests/refused", ".json")) {
      String key = example.getName().split("--")[0];
      String text = Files.text(example);
      BadRequest refusal =
          assertThrows(example.getName(), BadRequest.class, () -> RequestReader.read(text));
      String message = refusal.getMessage();
      String expected = key.equals("document") ? "it " : key;
      assertTrue(example.getName() + " is refused by: " + message, message.contains(expected));
    }
  }

  @Test
  public void everyKeyArrivesInItsField() throws IOException {
    Request request = accepted("complete");
    Request.Model model = request.models.get(0);
    assertEquals("elnet_1.0", model.name);
    assertEquals("pytorch_mobile", model.runtime);
    assertEquals("/data/local/tmp/elbench/models/m.ptl", model.path);
    assertTrue(model.sha256.startsWith("9f86d081"));
    assertEquals("values", model.outputs);
    assertEquals("/data/local/tmp/elbench/inputs/i.bin", model.inputs.get(0).path);
    assertArrayEquals(new long[] {1, 3, 224, 224}, model.inputs.get(0).shape);
    assertFalse(model.inputs.get(0).isChannelsLast);
    assertEquals(4, request.threads);
    assertEquals(20, request.warmup.minIterations);
    assertEquals(1.0, request.warmup.minSeconds, 0);
    assertEquals(10.0, request.warmup.maxSeconds, 0);
    assertEquals("ema", request.warmup.rule);
    assertEquals(50, request.measure.minIterations);
    assertEquals(0.5, request.measure.minSeconds, 0);
    assertEquals(10000, request.measure.maxIterations);
    assertEquals(60.0, request.measure.maxSeconds, 0);
    assertEquals(0, request.measure.pauseMs);
    assertEquals(100, request.memoryPeriodMs);
    assertFalse(request.isDuet);
    assertNotNull(request.evaluate);
    assertEquals(1, request.evaluate.size());
    assertEquals("/data/local/tmp/elbench/inputs/images.bin", request.evaluate.get(0).path);
    assertEquals(
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        request.evaluate.get(0).sha256);
    assertEquals(10, request.evaluate.get(0).count);
    assertTrue(request.foreground);
  }

  @Test
  public void whatIsLeftOutHasTheDefaultsOfTheContract() throws IOException {
    Request request = accepted("defaults-left-out");
    assertFalse(request.isDuet);
    assertEquals(0, request.block);
    assertEquals(0, request.measure.pauseMs);
    assertEquals("values", request.models.get(0).outputs);
    assertFalse(request.models.get(0).inputs.get(0).isChannelsLast);
    assertNull(request.evaluate);
    assertTrue(request.foreground);
  }

  @Test
  public void theOtherValuesOfEveryChoiceAreUnderstood() throws IOException {
    Request request = accepted("whole-numbers-for-seconds");
    assertEquals("fixed", request.warmup.rule);
    assertEquals(0.0, request.warmup.minSeconds, 0);
    assertEquals(3.0, request.warmup.maxSeconds, 0);
    assertEquals("executorch", request.models.get(0).runtime);
    assertEquals("digest", request.models.get(0).outputs);
    assertTrue(request.models.get(0).inputs.get(0).isChannelsLast);
    assertFalse(request.foreground);
    Request duet = accepted("duet");
    assertTrue(duet.isDuet);
    assertEquals(5, duet.block);
    assertEquals("none", duet.models.get(1).outputs);
    assertNull(duet.evaluate);
  }

  @Test
  public void numbersAndTextsMeanWhatTheyMeanInPython() throws IOException {
    assertEquals(65.0, accepted("seconds-with-exponent").measure.maxSeconds, 0);
    assertEquals(Integer.MAX_VALUE, accepted("largest-integers").measure.maxIterations);
    assertEquals(4, accepted("key-twice").threads);
    String name = accepted("names-in-any-script").models.get(0).name;
    assertEquals("ελνετ é \ud83d\ude00 \\ \"quoted\"", name);
  }

  private static Request accepted(String name) throws IOException {
    return RequestReader.read(SharedExamples.text("requests/accepted/" + name + ".json"));
  }
}
