package io.elbench.runner.core;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

public final class EvaluationTest {

  @Rule public final TemporaryFolder folder = new TemporaryFolder();
  private TestPhone phone;

  @Before
  public void makePhone() {
    phone = new TestPhone(folder.getRoot());
  }

  @Test
  public void theFiveBestClassesOfEveryInputOfEveryFileAreToldInsteadOfTimes() throws IOException {
    StreamRecorder stream = evaluate(phone.images("a", 7, 2), phone.images("b", 9));
    assertEquals(
        Arrays.asList(
            "started", "memory:start", "loaded", "memory:loaded", "predicted", "evaluated", "memory:end",
            "memory:destroyed", "finished"),
        stream.order());
    JsonObject predicted = stream.body("predicted");
    assertEquals("tiny", predicted.get("model").getAsString());
    assertEquals(0, predicted.get("first").getAsInt());
    assertEquals(5, predicted.get("best").getAsInt());
    assertEquals("[7,0,1,2,3,2,0,1,3,4,9,0,1,2,3]", predicted.get("classes").toString());
    assertEquals("[]", predicted.get("not_finite").toString());
    assertTrue(stream.result.get("ok").getAsBoolean());
  }

  /** Of python -c "import hashlib, struct; print(hashlib.sha256(struct.pack('<5i', 7, 0, 1, 2, 3)).hexdigest())". */
  @Test
  public void theLastEventHasTheNumberAndTheHashOfAllClasses() throws IOException {
    JsonObject evaluated = evaluate(phone.images("a", 7)).body("evaluated");
    assertEquals(1, evaluated.get("count").getAsInt());
    assertEquals("df5cabfbb5055f879ad5600cc0e7168b7b5c6eb1229b903c93fa8a4ba60c51ba", evaluated.get("sha256").getAsString());
  }

  @Test
  public void manyInputsComeInEventsOfFiveHundredAndTwelve() throws IOException {
    int[] found = new int[1030];
    Arrays.fill(found, 3);
    List<Integer> firsts = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    for (JsonObject predicted : evaluate(phone.images("many", found)).bodies("predicted")) {
      firsts.add(predicted.get("first").getAsInt());
      sizes.add(predicted.get("classes").getAsJsonArray().size() / 5);
    }
    assertEquals(Arrays.asList(0, 512, 1024), firsts);
    assertEquals(Arrays.asList(512, 512, 6), sizes);
  }

  @Test
  public void aSlowModelIsNeverSilentForLong() throws IOException {
    phone.engine.models.put("tiny", new SlowModel());
    List<JsonObject> predicted = evaluate(phone.images("slow", 1, 2, 3, 4, 5)).bodies("predicted");
    assertEquals(3, predicted.size());
    assertEquals(2, predicted.get(1).get("first").getAsInt());
  }

  /** Takes three seconds for an output. */
  private final class SlowModel extends TimedModel {
    SlowModel() {
      super(phone.clock, 1);
    }

    @Override
    public OutputValues output() {
      phone.clock.atNs += 3_000_000_000L;
      return super.output();
    }
  }

  @Test
  public void inputsWhoseOutputIsNotFiniteAreNamed() throws IOException {
    phone.engine.models.put("tiny", new BrokenModel());
    JsonObject predicted = evaluate(phone.images("broken", 1, 1, 1)).body("predicted");
    assertEquals("[1,2]", predicted.get("not_finite").toString());
    assertEquals(2, predicted.get("best").getAsInt());
    assertArrayEquals(new int[] {1, 0, 0, 1, 1, 0}, numbers(predicted.get("classes")));
  }

  /** Two classes; the second output holds no number, the third an infinite one. */
  private final class BrokenModel extends TimedModel {
    private final float[][] outputs = {{1, 2}, {1, Float.NaN}, {1, Float.POSITIVE_INFINITY}};
    private int next;

    BrokenModel() {
      super(phone.clock, 1);
    }

    @Override
    public OutputValues output() {
      return new OutputValues(new long[] {1, 2}, outputs[next++]);
    }
  }

  @Test
  public void theCopyOfAnEvaluationHoldsEveryEvent() throws IOException {
    StreamRecorder stream = evaluate(phone.images("a", 7, 2));
    List<String> lines = Arrays.asList(Files.text(new File(phone.recovery.getPath())).split("\n"));
    assertEquals(stream.envelopes.size(), lines.size());
    assertTrue(lines.get(4).contains("\"predicted\""));
  }

  private StreamRecorder evaluate(JsonObject... files) throws IOException {
    return phone.run(TestPhone.evaluating(phone.request(), files));
  }

  private static int[] numbers(JsonElement list) {
    int[] numbers = new int[list.getAsJsonArray().size()];
    for (int index = 0; index < numbers.length; index++) {
      numbers[index] = list.getAsJsonArray().get(index).getAsInt();
    }
    return numbers;
  }
}
