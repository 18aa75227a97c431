package io.github.coconut4j.cli;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.problems.ProblemSource;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code generate}, which answers questions. */
@Command(name = "generate", description = "Answer a question, or the questions of a file.")
final class GenerateCommand implements Callable<Integer> {

  /** The options for the source of the questions. */
  private static final class Questions {

    @Option(
        names = "--question",
        required = true,
        paramLabel = "TEXT",
        description = "The question.")
    private String question;

    @Option(
        names = "--data",
        required = true,
        paramLabel = "FILE",
        description = "Problems whose questions are answered.")
    private String data;

    List<String> read() throws IOException {
      return question != null
          ? List.of(question)
          : ProblemSource.of(data).problems(Set.of()).stream()
              .map(ReasoningProblem::getQuestion)
              .toList();
    }
  }

  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private Questions questions;

  @Option(names = "--model", required = true, paramLabel = "DIR", description = "The model.")
  private Path modelDirectory;

  @Mixin private AnswerOptions answerOptions;

  @Mixin private DeviceOption device;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "0",
      description = "0 for greedy decoding, above 0 for sampling.")
  private double temperature;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "1",
      description = "Share of the probability for nucleus sampling.")
  private double topP;

  @Option(names = "--seed", paramLabel = "S", defaultValue = "0", description = "Seed of sampling.")
  private long seed;

  @Option(names = "--json", description = "Print one JSON object per question.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    device.apply();
    GenerationOptions options =
        answerOptions
            .builder(questions.data)
            .temperature(temperature)
            .topP(topP)
            .seed(seed)
            .build();
    List<String> texts = questions.read();
    if (texts.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException(
          "A question needs to have words but is blank. Write it after --question.");
    }
    try (CoconutModel model = answerOptions.open(modelDirectory)) {
      model.generate(texts, options).forEach(this::print);
    }
    return 0;
  }

  private void print(Generation generation) {
    PrintWriter output = spec.commandLine().getOut();
    if (!json) {
      output.println(generation.getOutput());
      return;
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("question", generation.getQuestion());
    line.put("latents", generation.getLatents());
    line.put("output", generation.getOutput());
    line.put("answer", generation.getAnswer());
    line.put("tokens", generation.getTokens());
    new JsonLines(output).print(line);
  }
}
