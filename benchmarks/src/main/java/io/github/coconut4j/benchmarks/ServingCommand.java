package io.github.coconut4j.benchmarks;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.cli.ThreadsOption;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.problems.ProblemSource;
import io.github.coconut4j.serve.CoconutServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares the server's answers a second with those of the same model without it. */
@Command(
    name = "serving",
    description = {
      "Count a model's answers a second: in whole batches as `evaluate` makes them, one question"
          + " after another, and from the server with some numbers of clients, which share its"
          + " processors.",
      "One JSON object a way."
    })
final class ServingCommand implements Callable<Integer> {

  private static final String NAME = "model";

  @Spec private CommandSpec spec;

  @Mixin private ThreadsOption threads;

  @Option(names = "--model", required = true, paramLabel = "DIR", description = "Its directory.")
  private Path directory;

  @Option(
      names = "--data",
      defaultValue = "prosqa-balanced:256:77",
      paramLabel = "FILE",
      description = "Problems, as `evaluate` takes them.")
  private String data;

  @Option(
      names = "--clients",
      split = ",",
      defaultValue = "1,16,64",
      description = "Numbers of clients; each asks its next question when it has its answer.")
  private List<Integer> clients;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "Each way is measured for at least so long, after a third of it to warm up.")
  private double seconds;

  @Option(
      names = "--prompts",
      paramLabel = "FILE",
      description = "Write the tokens of prompts and answers there, for another implementation.")
  private Path prompts;

  private CoconutModel model;
  private List<String> questions;
  private List<Generation> answers;

  @Override
  public Integer call() throws Exception {
    threads.apply();
    requireSizes();
    questions =
        ProblemSource.of(data).problems(Set.of()).stream().map(p -> p.getQuestion()).toList();
    try (CoconutModel opened = CoconutModel.open(directory)) {
      model = opened;
      answers = model.generate(questions, GenerationOptions.DEFAULT);
      if (prompts != null) {
        writePrompts();
      }
      print("whole_batches", 0, new Repeated(questions.size(), this::answerAll).measure(seconds));
      print("one_at_a_time", 0, new Repeated(1, this::answerNext).measure(seconds));
      serve();
    }
    return 0;
  }

  private void requireSizes() {
    if (!(seconds > 0) || clients.stream().anyMatch(count -> count < 1)) {
      throw new IllegalArgumentException(
          "--seconds needs to be above 0 and each of --clients at least 1 but they are "
              + seconds
              + " and "
              + clients
              + ". Raise them.");
    }
  }

  private void serve() throws Exception {
    try (CoconutServer server =
        CoconutServer.builder().model(NAME, model).host("127.0.0.1").port(0).build()) {
      List<String> own = answers.stream().map(Generation::getOutput).toList();
      ServedQuestions served = new ServedQuestions(server.start(), NAME, questions, own);
      for (int count : clients) {
        served.ask(count, seconds / 3);
        print("server", count, served.ask(count, seconds));
      }
    }
  }

  private void answerAll(int number) {
    check(model.generate(questions, GenerationOptions.DEFAULT), answers);
  }

  private void answerNext(int number) {
    int next = number % questions.size();
    check(
        model.generate(List.of(questions.get(next)), GenerationOptions.DEFAULT),
        List.of(answers.get(next)));
  }

  private static void check(List<Generation> found, List<Generation> expected) {
    if (!found.equals(expected)) {
      throw new IllegalStateException("The model answers otherwise than before.");
    }
  }

  private void print(String way, int count, Rate rate) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("way", way);
    if (count > 0) {
      line.put("clients", count);
    }
    line.put("answers_per_second", rate.perSecond());
    line.put("median_ms", rate.median());
    line.put("p99_ms", rate.p99());
    new JsonLines(spec.commandLine().getOut()).print(line);
  }

  private void writePrompts() throws IOException {
    List<Map<String, Object>> all = new ArrayList<>();
    for (int i = 0; i < questions.size(); i++) {
      TokenSequence prompt = model.prompt(questions.get(i), answers.get(i).getLatents());
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("ids", prompt.getTokens());
      one.put("first_latent", prompt.firstLatent());
      one.put("latents", prompt.latentCount());
      one.put("answer", answers.get(i).getTokenIds());
      all.add(one);
    }
    try (PrintWriter writer =
        new PrintWriter(Files.newBufferedWriter(prompts, StandardCharsets.UTF_8))) {
      new JsonLines(writer).print(Map.of("eos", model.endOfSequence(), "prompts", all));
      if (writer.checkError()) {
        throw new IOException("Cannot write " + prompts + ". Free some room on its disk.");
      }
    }
  }
}
