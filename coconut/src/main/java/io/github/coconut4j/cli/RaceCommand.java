package io.github.coconut4j.cli;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.race.Race;
import io.github.coconut4j.race.RaceDirectory;
import io.github.coconut4j.race.RaceFile;
import io.github.coconut4j.race.RaceResult;
import io.github.coconut4j.report.RunSummary;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code race}, which compares methods on the same problems. */
@Command(
    name = "race",
    description =
        "Train the methods and seeds of a file's section `race` on the same problems, and compare"
            + " them in one table and one plot.")
final class RaceCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "A training configuration with a section `race`.")
  private Path config;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The race's directory (default: save_path/name of the file).")
  private Path out;

  @Option(
      names = "--resume",
      description = "Keep finished runs in the directory and continue the others.")
  private boolean resume;

  @Option(names = "--json", description = "Print one JSON object per run.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    RaceFile file = RaceFile.read(config);
    Path path = out == null ? defaultDirectory(file) : out;
    if (!resume) {
      new RaceDirectory(path).requireFree(file);
    }
    PrintWriter errors = spec.commandLine().getErr();
    Race race =
        Race.builder()
            .file(file)
            .directory(path)
            .resume(resume)
            .progress(entry -> new ConsoleProgress(entry.getDirectory(), errors))
            .build();
    boolean complete = StopOnSignal.whileRunning(race::requestStop, () -> race.run(this::finished));
    if (!complete) {
      errors.println("Stopped. Go on with the same command and --resume.");
      return 0;
    }
    if (!json) {
      spec.commandLine().getOut().print(RaceTable.of(race.results()));
      spec.commandLine().getOut().flush();
    }
    errors.println("Report: " + race.report());
    return 0;
  }

  private static Path defaultDirectory(RaceFile file) {
    return ConfigFile.requireNoPlaceholder(
        file.getDefaultDirectory(), "Set it in the file, or name the race's directory with --out.");
  }

  private void finished(RaceResult result) {
    if (json) {
      RunSummary summary = result.getSummary();
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("method", result.getEntry().getMethod());
      line.put("seed", result.getEntry().seed());
      line.put("accuracy", summary.getAccuracy());
      line.put("mean_tokens", summary.getMeanTokens());
      line.put("updates", summary.getUpdates());
      line.put("seconds", summary.getSeconds());
      new JsonLines(spec.commandLine().getOut()).print(line);
    }
  }
}
