package io.elbench.runner.core;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.Map;

/** The events of CONTRACT.md, field by field. */
final class Events {

  private Events() {}

  static Event started(ProcessFacts facts, String runtime, String version, int threads) {
    return new Event(
        "started",
        json -> {
          json.name("pid").value(facts.pid);
          json.name("runner").value(facts.runnerVersion);
          json.name("runtime").value(runtime);
          json.name("runtime_version").value(version);
          json.name("abi").value(facts.abi);
          json.name("page_size").value(facts.pageSize);
          json.name("cpuset").value(facts.cpuset);
          writeArray(json.name("affinity"), facts.affinity);
          json.name("api").value(facts.api);
          json.name("threads").value(threads);
          json.name("sustained_mode").value(facts.sustainedMode);
          json.name("debuggable").value(facts.debuggable);
        });
  }

  static Event loaded(String model, long loadNs, String sha256) {
    return new Event(
        "loaded",
        json -> {
          json.name("model").value(model);
          json.name("load_ns").value(loadNs);
          json.name("sha256").value(sha256);
        });
  }

  static Event first(String model, long durationNs) {
    return new Event(
        "first",
        json -> {
          json.name("model").value(model);
          json.name("duration_ns").value(durationNs);
        });
  }

  static Event warmup(String model, long[] durationsNs, boolean converged, String rule) {
    return new Event(
        "warmup",
        json -> {
          json.name("model").value(model);
          writeArray(json.name("durations_ns"), durationsNs);
          json.name("converged").value(converged);
          json.name("rule").value(rule);
        });
  }

  static Event samples(String model, long[] startNs, long[] durationNs) {
    return new Event(
        "samples",
        json -> {
          json.name("model").value(model);
          writeArray(json.name("start_ns"), startNs);
          writeArray(json.name("duration_ns"), durationNs);
        });
  }

  static Event memory(MemoryReading reading) {
    return new Event(
        "memory",
        json -> {
          json.name("phase").value(reading.phase);
          json.name("at_ns").value(reading.atNs);
          for (Map.Entry<String, Long> one : reading.kib().entrySet()) {
            json.name(one.getKey()).value(one.getValue());
          }
          json.name("sources").beginObject();
          for (Map.Entry<String, String> one : reading.sources().entrySet()) {
            json.name(one.getKey()).value(one.getValue());
          }
          json.endObject();
        });
  }

  static Event thermal(Integer status, Float headroom) {
    return new Event(
        "thermal",
        json -> {
          json.name("status").value(status);
          json.name("headroom").value(headroom);
        });
  }

  static Event output(
      String model, String sha256, long[] shape, int argmax, String valuesFloat32) {
    return new Event(
        "output",
        json -> {
          json.name("model").value(model);
          json.name("sha256").value(sha256);
          writeArray(json.name("shape"), shape);
          json.name("argmax").value(argmax);
          json.name("values_f32").value(valuesFloat32);
        });
  }

  static Event predicted(String model, int first, int best, long[] classes, long[] notFinite) {
    return new Event(
        "predicted",
        json -> {
          json.name("model").value(model);
          json.name("first").value(first);
          json.name("best").value(best);
          writeArray(json.name("classes"), classes);
          writeArray(json.name("not_finite"), notFinite);
        });
  }

  static Event evaluated(String model, int count, String sha256) {
    return new Event(
        "evaluated",
        json -> {
          json.name("model").value(model);
          json.name("count").value(count);
          json.name("sha256").value(sha256);
        });
  }

  static Event error(StageFailed failed) {
    return new Event(
        "error",
        json -> {
          json.name("stage").value(failed.stage());
          json.name("kind").value(failed.kind());
          json.name("message").value(failed.getMessage());
          json.name("stack").value(failed.stack());
        });
  }

  static Event finished(long events) {
    return new Event("finished", json -> json.name("events").value(events));
  }

  private static void writeArray(JsonWriter json, long[] values) throws IOException {
    json.beginArray();
    for (long value : values) {
      json.value(value);
    }
    json.endArray();
  }
}
