package io.elbench.runner.core;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;

/** Reads request.json: an unknown key, a missing one, a wrong type or value is refused by name. */
public final class RequestReader {

  private static final int SHORTEST_MEMORY_PERIOD_MS = 100;

  private RequestReader() {}

  /**
   * Reads a request.
   *
   * @throws BadRequest it is not one
   */
  public static Request read(String json) {
    StrictObject root = new StrictObject("", parse(json));
    int schema = root.integer("schema");
    require(
        schema == Request.SCHEMA,
        "schema is " + schema + ", this runner speaks " + Request.SCHEMA);
    Request request =
        new Request(
            root.string("launch"),
            models(root),
            root.has("schedule") && root.choice("schedule", "single", "duet").equals("duet"),
            root.has("block") ? root.integer("block") : 0,
            root.integer("threads"),
            warmup(root.object("warmup")),
            measure(root.object("measure")),
            memoryPeriodMs(root.object("memory")),
            root.has("evaluate") && !root.isNull("evaluate") ? evaluate(root.object("evaluate")) : null,
            !root.has("foreground") || root.bool("foreground"));
    root.refuseOtherKeys();
    check(request);
    return request;
  }

  private static JsonElement parse(String json) {
    JsonReader reader = new JsonReader(new StringReader(json));
    reader.setStrictness(Strictness.STRICT);
    try {
      JsonElement element = JsonParser.parseReader(reader);
      require(reader.peek() == JsonToken.END_DOCUMENT, "there is something behind the object");
      return element;
    } catch (JsonParseException | IOException error) {
      throw new BadRequest("it is not JSON: " + error.getMessage());
    }
  }

  private static List<Request.Model> models(StrictObject root) {
    List<Request.Model> models = new ArrayList<>();
    for (StrictObject model : root.objects("models")) {
      List<Request.Input> inputs = new ArrayList<>();
      for (StrictObject input : model.objects("inputs")) {
        inputs.add(input(input));
      }
      models.add(
          new Request.Model(
              model.string("name"),
              model.choice("runtime", "pytorch_mobile", "executorch"),
              model.string("path"),
              model.string("sha256"),
              inputs,
              model.has("outputs") ? model.choice("outputs", "none", "digest", "values") : "values"));
      model.refuseOtherKeys();
    }
    return models;
  }

  private static Request.Input input(StrictObject input) {
    if (input.has("dtype")) {
      input.choice("dtype", "float32");
    }
    boolean isChannelsLast =
        input.has("memory_format")
            && input.choice("memory_format", "contiguous", "channels_last").equals("channels_last");
    Request.Input read = new Request.Input(input.string("path"), input.longs("shape"), isChannelsLast);
    input.refuseOtherKeys();
    return read;
  }

  private static Request.Warmup warmup(StrictObject warmup) {
    Request.Warmup read =
        new Request.Warmup(
            warmup.integer("min_iterations"),
            warmup.seconds("min_seconds"),
            warmup.seconds("max_seconds"),
            warmup.choice("rule", "ema", "fixed"));
    warmup.refuseOtherKeys();
    return read;
  }

  private static Request.Measure measure(StrictObject measure) {
    Request.Measure read =
        new Request.Measure(
            measure.integer("min_iterations"),
            measure.seconds("min_seconds"),
            measure.integer("max_iterations"),
            measure.seconds("max_seconds"),
            measure.has("pause_ms") ? measure.integer("pause_ms") : 0);
    measure.refuseOtherKeys();
    return read;
  }

  private static int memoryPeriodMs(StrictObject memory) {
    int periodMs = memory.integer("period_ms");
    memory.refuseOtherKeys();
    return periodMs;
  }

  private static List<Request.Images> evaluate(StrictObject evaluate) {
    List<Request.Images> files = new ArrayList<>();
    for (StrictObject images : evaluate.objects("images")) {
      files.add(
          new Request.Images(
              images.string("path"), images.string("sha256"), images.integer("count")));
      images.refuseOtherKeys();
    }
    evaluate.refuseOtherKeys();
    return files;
  }

  private static void check(Request request) {
    require(!request.models.isEmpty(), "models is empty");
    require(request.threads >= 1, "threads is " + request.threads + ", it must be at least 1");
    int periodMs = request.memoryPeriodMs;
    require(
        periodMs == 0 || periodMs >= SHORTEST_MEMORY_PERIOD_MS,
        "memory.period_ms is " + periodMs + "; use 0 or at least " + SHORTEST_MEMORY_PERIOD_MS);
    require(request.measure.maxIterations >= 1, "measure.max_iterations must be at least 1");
    require(
        request.isDuet || request.models.size() == 1, "schedule single takes exactly one model");
    require(
        request.evaluate == null || !request.isDuet, "evaluate takes exactly one model, and no duet");
  }

  private static void require(boolean isRight, String otherwise) {
    if (!isRight) {
      throw new BadRequest(otherwise);
    }
  }
}
