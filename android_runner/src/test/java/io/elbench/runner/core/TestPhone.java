package io.elbench.runner.core;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A phone whose files lie in a folder and whose engine, screen and clock a test sets. */
final class TestPhone implements Platform {

  static final String LAUNCH = "01JDLAUNCH";

  final File folder;
  final SteppedClock clock = new SteppedClock();
  final StreamRecorder stream = new StreamRecorder();
  final TestEngine engine = new TestEngine();
  final TestScreen screen = new TestScreen();
  final List<String> phases = new ArrayList<>();
  Base64Encoder base64 = Base64.getEncoder()::encodeToString;
  LinkageError missingLibrary;
  File recovery;

  TestPhone(File folder) {
    this.folder = folder;
    this.recovery = new File(folder, "media/" + LAUNCH + ".jsonl");
  }

  /** Models of a millisecond, or those that a test puts in by name. */
  final class TestEngine implements Engine {
    final Map<String, Model> models = new HashMap<>();
    int threads;

    @Override
    public String runtime() {
      return "pytorch_mobile";
    }

    @Override
    public String version() {
      return "1.12.2";
    }

    @Override
    public int setThreads(int wanted) {
      threads = wanted;
      return wanted;
    }

    @Override
    public Model load(Request.Model wanted, File file) {
      clock.atNs += 7_000_000;
      return models.computeIfAbsent(wanted.name, name -> new TimedModel(clock, 1_000_000));
    }
  }

  /** A screen that becomes visible and stays so, unless a test says otherwise. */
  static final class TestScreen implements Screen {
    int shown;
    boolean isSustained;
    int visit = 1;
    boolean isCoveredForAMoment;
    String refusal;

    @Override
    public boolean show() {
      shown++;
      if (refusal != null) {
        throw new IllegalStateException(refusal);
      }
      return isSustained;
    }

    @Override
    public int visit() {
      return isCoveredForAMoment ? visit++ : visit;
    }
  }

  /** Runs a request as the launch that its folder names. */
  StreamRecorder run(JsonObject request) throws IOException {
    return run(request.toString());
  }

  StreamRecorder run(String request) throws IOException {
    File file = write("launches/" + LAUNCH + "/request.json", request.getBytes(StandardCharsets.UTF_8));
    Runner.run(file.getPath(), this);
    return stream;
  }

  /** A quick request of one model, whose files are there. */
  JsonObject request() throws IOException {
    return request(model("tiny"));
  }

  static JsonObject request(JsonObject... models) {
    JsonObject request =
        JsonParser.parseString(
                "{'schema': 2, 'launch': '01JDLAUNCH', 'threads': 2, 'foreground': false,"
                    + "'warmup': {'min_iterations': 3, 'min_seconds': 0, 'max_seconds': 1, 'rule': 'fixed'},"
                    + "'measure': {'min_iterations': 5, 'min_seconds': 0, 'max_iterations': 5, 'max_seconds': 5},"
                    + "'memory': {'period_ms': 0}}")
            .getAsJsonObject();
    JsonArray list = new JsonArray();
    for (JsonObject model : models) {
      list.add(model);
    }
    request.add("models", list);
    request.addProperty("schedule", models.length == 1 ? "single" : "duet");
    return request;
  }

  /** A model of one 1x2 input that states nothing of it. */
  JsonObject model(String name) throws IOException {
    return model(name, archive("m/data.pkl", "model " + name));
  }

  JsonObject model(String name, byte[] content) throws IOException {
    File file = write("models/" + name + ".ptl", content);
    File input = write("inputs/" + name + ".bin", new byte[] {3, 0, 0, 0, 0, 0, 0, 0});
    JsonObject image = new JsonObject();
    image.addProperty("path", input.getPath());
    image.add("shape", JsonParser.parseString("[1, 2]"));
    JsonArray inputs = new JsonArray();
    inputs.add(image);
    JsonObject model = new JsonObject();
    model.addProperty("name", name);
    model.addProperty("runtime", "pytorch_mobile");
    model.addProperty("path", file.getPath());
    model.addProperty("sha256", Files.sha256(content));
    model.add("inputs", inputs);
    return model;
  }

  /** What a request announces of a file of 1x2 inputs; each names the class that a {@link TimedModel} finds. */
  JsonObject images(String name, int... found) throws IOException {
    byte[] content = new byte[8 * found.length];
    for (int index = 0; index < found.length; index++) {
      content[8 * index] = (byte) found[index];
    }
    JsonObject images = new JsonObject();
    images.addProperty("path", write("inputs/" + name + ".bin", content).getPath());
    images.addProperty("sha256", Files.sha256(content));
    images.addProperty("count", found.length);
    return images;
  }

  /** A request for what the model finds in these files of inputs. */
  static JsonObject evaluating(JsonObject request, JsonObject... files) {
    JsonArray images = new JsonArray();
    for (JsonObject file : files) {
      images.add(file);
    }
    JsonObject evaluate = new JsonObject();
    evaluate.add("images", images);
    request.add("evaluate", evaluate);
    return request;
  }

  /** A zip archive of pairs of name and content. */
  static byte[] archive(String... entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (int index = 0; index < entries.length; index += 2) {
        zip.putNextEntry(new ZipEntry(entries[index]));
        zip.write(entries[index + 1].getBytes(StandardCharsets.UTF_8));
      }
    }
    return bytes.toByteArray();
  }

  File write(String path, byte[] content) throws IOException {
    File file = new File(folder, path);
    file.getParentFile().mkdirs();
    try (OutputStream output = new FileOutputStream(file)) {
      output.write(content);
    }
    return file;
  }

  @Override
  public Clock clock() {
    return clock;
  }

  @Override
  public Storage storage() {
    return new PhoneStorage();
  }

  @Override
  public Screen screen() {
    return screen;
  }

  @Override
  public Thermal thermal() {
    return new Thermal() {
      @Override
      public Integer status() {
        return 1;
      }

      @Override
      public Float headroom() {
        return 0.5f;
      }
    };
  }

  @Override
  public Heaps heaps() {
    return new Heaps() {
      @Override
      public Long nativeHeapKib() {
        return null;
      }

      @Override
      public String nativeHeapSource() {
        return "native heap in a test";
      }

      @Override
      public Long pssKib() {
        return 4321L;
      }

      @Override
      public String pssSource() {
        return "test";
      }
    };
  }

  @Override
  public Base64Encoder base64() {
    return base64;
  }

  @Override
  public EventSink sink() {
    return stream;
  }

  @Override
  public File recoveryFile(String launch) {
    return recovery;
  }

  @Override
  public void phaseEnded(String phase) {
    phases.add(phase);
  }

  @Override
  public Engine engine() {
    if (missingLibrary != null) {
      throw missingLibrary;
    }
    return engine;
  }

  @Override
  public ProcessFacts facts(boolean sustainedMode) {
    return new ProcessFacts("0.1.0", "arm64-v8a", 34, 4096, sustainedMode, false);
  }
}
