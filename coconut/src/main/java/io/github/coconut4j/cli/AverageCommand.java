package io.github.coconut4j.cli;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.convert.WeightAverage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code average}, which averages the weights of models. */
@Command(
    name = "average",
    description = "Average the weights of models that continue from the same one.")
final class AverageCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      required = true,
      arity = "1..*",
      paramLabel = "DIR",
      description =
          "Two or more model directories; settings are the first one's. One that is named twice"
              + " counts twice.")
  private List<Path> models;

  @Mixin private NewDirectoryOption to;

  @Override
  public Integer call() throws IOException {
    Path directory = to.requireNew();
    try (CoconutModel average = WeightAverage.of(models)) {
      average.save(directory);
    }
    spec.commandLine()
        .getErr()
        .printf(Locale.ROOT, "Wrote the average of %d models, %s.%n", models.size(), directory);
    return 0;
  }
}
