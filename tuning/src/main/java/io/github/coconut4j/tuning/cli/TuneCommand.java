package io.github.coconut4j.tuning.cli;

import com.fasterxml.jackson.databind.node.MissingNode;
import io.github.coconut4j.cli.AddedCommand;
import io.github.coconut4j.cli.DeviceOption;
import io.github.coconut4j.cli.RunPage;
import io.github.coconut4j.cli.StopOnSignal;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.model.backend.DeviceChoice;
import io.github.coconut4j.tuning.Search;
import io.github.coconut4j.tuning.SearchFile;
import io.github.coconut4j.tuning.record.CandidateOutcome;
import io.github.coconut4j.tuning.record.CandidateRecord;
import io.github.coconut4j.tuning.record.SearchDirectory;
import io.github.coconut4j.tuning.report.SearchReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code tune}, which searches for the best configuration. */
@Command(
    name = "tune",
    description = "Search hyperparameters with Arbiter, from the section `search` of a file.")
public final class TuneCommand implements AddedCommand {

  @Spec private CommandSpec spec;

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "A training configuration with a section `search`.")
  private Path config;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The search's directory (default: save_path/name of the file).")
  private Path out;

  @Mixin private DeviceOption device;

  @Option(names = "--resume", description = "Resume the search in the directory.")
  private boolean resume;

  @Option(
      names = "--serve",
      paramLabel = "PORT",
      description = "Open a web page with the search's progress, only for this machine.")
  private Integer serve;

  @Option(
      names = "--spark",
      paramLabel = "MASTER",
      description =
          "Train candidates on Apache Spark: local-cluster[2,1,1500], spark://HOST:7077, yarn, …;"
              + " `parallel` of the file is the number at the same time.")
  private String spark;

  @Option(names = "--json", description = "Print one JSON object per candidate.")
  private boolean json;

  /** Called by the command line. */
  public TuneCommand() {}

  /** Reads the file; with a cluster, the executors choose the device. */
  private SearchFile file(CandidateCluster cluster) throws IOException {
    String text = ConfigFile.text(config);
    String yaml =
        device.given() == null ? text : withDevice(config.toString(), text, device.given());
    if (cluster == null) {
      device.apply(device(ConfigFile.parse(config.toString(), yaml)));
    }
    return cluster == null
        ? SearchFile.parse(config.toString(), yaml)
        : SearchFile.parse(config.toString(), yaml, cluster.threads());
  }

  private CandidateCluster cluster() {
    return spark == null ? null : CandidateCluster.of(spark);
  }

  /** The device of all candidates; AUTO if the file has none, or one that is refused later. */
  private static DeviceChoice device(ConfigFile file) {
    String name = file.values().getOrDefault("device", MissingNode.getInstance()).asText();
    return Stream.of(DeviceChoice.values())
        .filter(choice -> choice.name().equalsIgnoreCase(name))
        .findFirst()
        .orElse(DeviceChoice.AUTO);
  }

  /** A file's text with this device, for the candidates' processes. */
  static String withDevice(String source, String yaml, DeviceChoice device) {
    return ConfigFile.parse(source, yaml)
        .set("device=" + device.name().toLowerCase(Locale.ROOT))
        .toYaml();
  }

  private static Path defaultDirectory(SearchFile file) {
    return ConfigFile.requireNoPlaceholder(
        file.getDefaultDirectory(),
        "Set it in the file, or name the search's directory with --out.");
  }

  @Override
  public Integer call() throws IOException {
    try (CandidateCluster cluster = cluster()) {
      return run(file(cluster), cluster);
    }
  }

  @SuppressWarnings("try") // the page is not used in the code
  private int run(SearchFile file, CandidateCluster cluster) throws IOException {
    Path path = out == null ? defaultDirectory(file) : out;
    SearchDirectory directory = new SearchDirectory(path);
    try (RunPage.Open page = RunPage.of(path, serve, spec.commandLine().getErr());
        Search search =
            Search.builder()
                .file(file)
                .directory(directory)
                .resume(resume)
                .trainer(cluster == null ? null : cluster.open(file, directory))
                .progress(this::show)
                .build()) {
      StopOnSignal.whileRunning(
          search::requestStop,
          () -> {
            search.run();
            return null;
          });
      return finish(search, directory);
    }
  }

  private void show(CandidateRecord candidate) {
    PrintWriter errors = spec.commandLine().getErr();
    errors.printf(
        Locale.ROOT,
        "candidate %d %s: %s, score %s, %.0f s%s%n",
        candidate.getCandidate(),
        candidate.getParameters(),
        candidate.getStatus().key(),
        candidate.getScore(),
        candidate.getSeconds(),
        candidate.getCause() == null ? "" : ": " + candidate.getCause());
    errors.flush();
    if (json && candidate.getStatus() != CandidateOutcome.TRYING) {
      new JsonLines(spec.commandLine().getOut()).print(CandidateLine.of(candidate));
    }
  }

  private int finish(Search search, SearchDirectory directory) throws IOException {
    PrintWriter output = spec.commandLine().getOut();
    PrintWriter errors = spec.commandLine().getErr();
    errors.println("Report: " + new SearchReport().write(directory.path()));
    if (!json) {
      output.print(CandidateTable.of(search.candidates()));
      output.flush();
    }
    if (search.isStopped()) {
      errors.println(
          "coconut4j: the search was stopped before its end. Continue it with --resume.");
      return 1;
    }
    if (search.best().isEmpty()) {
      errors.println(
          "coconut4j: no candidate was trained to its end; the table names the causes. Logs are in "
              + directory.path().resolve("candidates")
              + ".");
      return 1;
    }
    CandidateRecord best = search.best().orElseThrow();
    if (json) {
      new JsonLines(output).print(Map.of("best", BestLine.of(best)));
    }
    errors.printf(Locale.ROOT, "Best: candidate %d, %s%n", best.getCandidate(), directory.best());
    return 0;
  }
}
