package io.elbench.runner.core;

import java.util.ArrayList;
import java.util.List;

/** One launch under way, phase by phase; what each event means is written in CONTRACT.md. */
final class Launch {

  private static final int SAMPLES_PER_EVENT = 512;

  private final Request request;
  private final Platform platform;
  private final Clock clock;
  private final EventStream stream;
  private final List<Subject> subjects = new ArrayList<>();
  private Engine engine;
  private ProcessMemory memory;

  /** A model of the request, loaded. */
  private static final class Subject {
    final Request.Model wanted;
    final Model model;

    Subject(Request.Model wanted, Model model) {
      this.wanted = wanted;
      this.model = model;
    }
  }

  Launch(Request request, Platform platform, EventStream stream) {
    this.request = request;
    this.platform = platform;
    this.clock = platform.clock();
    this.stream = stream;
  }

  /** Goes through all phases, in order. */
  void run() throws StageFailed {
    start();
    for (Request.Model wanted : request.models) {
      subjects.add(new Subject(wanted, load(wanted)));
    }
    if (request.evaluate == null) {
      time();
    } else {
      evaluate(subjects.get(0));
    }
    endPhase("end");
    destroy();
  }

  private void time() throws StageFailed {
    for (Subject subject : subjects) {
      first(subject);
      warmUp(subject);
    }
    measure();
    for (Subject subject : subjects) {
      proveOutput(subject);
    }
  }

  private void start() throws StageFailed {
    boolean sustained =
        Stage.run("start", () -> request.foreground && platform.screen().show());
    engine = Stage.run("start", platform::engine);
    memory = Stage.run("start", () -> new ProcessMemory(platform.heaps(), clock));
    int threads = Stage.run("start", () -> engine.setThreads(request.threads));
    ProcessFacts facts = platform.facts(sustained);
    stream.emit(Events.started(facts, engine.runtime(), engine.version(), threads));
    endPhase("start");
  }

  private Model load(Request.Model wanted) throws StageFailed {
    ModelFile file =
        Stage.run("load", () -> ModelFile.verified(platform.storage(), wanted));
    long beginNs = clock.nowNs();
    Model model = Stage.run("load", () -> engine.load(wanted, file.file));
    long loadNs = clock.nowNs() - beginNs;
    stream.emit(Events.loaded(wanted.name, loadNs, file.sha256));
    endPhase("loaded");
    Stage.run(
        "input",
        () -> {
          model.bind(InputFiles.read(platform.storage(), wanted.inputs));
          return null;
        });
    return model;
  }

  private void first(Subject subject) throws StageFailed {
    long durationNs =
        Stage.run(
            "first",
            () -> {
              long beginNs = clock.nowNs();
              subject.model.forward();
              long endNs = clock.nowNs();
              subject.model.dropOutput();
              return endNs - beginNs;
            });
    stream.emit(Events.first(subject.wanted.name, durationNs));
    endPhase("first");
  }

  private void warmUp(Subject subject) throws StageFailed {
    Warmup warmup =
        Stage.run(
            "warmup",
            () -> {
              Warmup iterations = new Warmup(request.warmup);
              MemorySampler sampler = sampler("warmup", request.warmup.maxSeconds);
              iterations.run(subject.model, clock, sampler);
              emit(sampler);
              return iterations;
            });
    String rule = request.warmup.rule;
    stream.emit(
        Events.warmup(subject.wanted.name, warmup.durationsNs(), warmup.converged(), rule));
    endPhase("warmup");
  }

  private void measure() throws StageFailed {
    List<Recording> recordings = Stage.run("steady", this::record);
    for (int index = 0; index < recordings.size(); index++) {
      emit(subjects.get(index).wanted.name, recordings.get(index));
    }
    endPhase("steady");
    Thermal thermal = platform.thermal();
    stream.emit(Events.thermal(thermal.status(), thermal.headroom()));
  }

  private List<Recording> record() {
    List<Recording> recordings = new ArrayList<>();
    for (Subject subject : subjects) {
      recordings.add(new Recording(subject.model, request.measure));
    }
    MemorySampler sampler = sampler("steady", request.measure.maxSeconds * subjects.size());
    int visit = platform.screen().visit();
    if (request.isDuet) {
      Duet.run(recordings, clock, sampler, request.block);
    } else {
      recordings.get(0).run(clock, sampler);
    }
    emit(sampler);
    if (request.foreground && (visit == 0 || platform.screen().visit() != visit)) {
      throw new IllegalStateException(
          "the benchmark's screen was left or covered while it measured; leave the phone alone, run again");
    }
    return recordings;
  }

  private void proveOutput(Subject subject) throws StageFailed {
    Request.Model wanted = subject.wanted;
    if (wanted.outputs.equals("none")) {
      return;
    }
    Event event = Stage.run("output", () -> output(wanted, subject.model.output()));
    stream.emit(event);
  }

  private Event output(Request.Model wanted, OutputValues output) {
    byte[] values = output.littleEndian();
    String encoded = wanted.outputs.equals("values") ? platform.base64().encode(values) : null;
    return Events.output(
        wanted.name, Files.sha256(values), output.shape(), output.best(1)[0], encoded);
  }

  private void evaluate(Subject subject) throws StageFailed {
    Stage.run(
        "evaluate",
        () -> {
          new Evaluation(platform, stream, subject.wanted, subject.model).run(request.evaluate);
          return null;
        });
  }

  /** Releases the models, and shows what memory came back. */
  private void destroy() throws StageFailed {
    for (Subject subject : subjects) {
      Stage.run(
          "destroy",
          () -> {
            subject.model.destroy();
            return null;
          });
    }
    subjects.clear();
    endPhase("destroyed");
  }

  private void endPhase(String phase) {
    stream.emit(Events.memory(memory.atBorder(phase)));
    platform.phaseEnded(phase);
  }

  private MemorySampler sampler(String phase, double longestSeconds) {
    return new MemorySampler(
        memory.status(), phase, request.memoryPeriodMs, longestSeconds, clock.nowNs());
  }

  private void emit(MemorySampler sampler) {
    for (MemoryReading reading : sampler.readings()) {
      stream.emit(Events.memory(reading));
    }
  }

  private void emit(String model, Recording recording) {
    int from = 0;
    do {
      int to = Math.min(from + SAMPLES_PER_EVENT, recording.count());
      stream.emit(Events.samples(model, recording.startNs(from, to), recording.durationNs(from, to)));
      from = to;
    } while (from < recording.count());
  }
}
