package io.github.coconut4j.cli;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.report.RunReport;
import io.github.coconut4j.report.RunSummary;
import io.github.coconut4j.train.ResultKind;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code train}, which trains a model from a configuration. */
@Command(name = "train", description = "Train a model from a YAML configuration.")
final class TrainCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The YAML file, with the published implementation's keys and ours.")
  private Path configFile;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      showDefaultValue = Visibility.NEVER,
      description = "Override a key; may be repeated.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The run's directory (default: save_path/name of the file).")
  private Path out;

  @Mixin private DeviceOption device;

  @Option(
      names = "--resume",
      description = "Continue the run in the directory from its newest checkpoint.")
  private boolean resume;

  @Option(
      names = "--force",
      description =
          "Replace an existing run in the directory; with --resume, continue although the data"
              + " changed.")
  private boolean force;

  @Option(
      names = "--ui",
      paramLabel = "PORT",
      description =
          "Rejected: DL4J's training UI cannot be restricted to this machine. Use --serve.")
  private Integer ui;

  @Option(
      names = "--serve",
      paramLabel = "PORT",
      description = "Open a web page with the run's progress, only for this machine.")
  private Integer serve;

  @Option(
      names = "--spark",
      paramLabel = "MASTER",
      description =
          "Train on executors of Apache Spark: local-cluster[2,1,1500], spark://HOST:7077, yarn, …;"
              + " `gradient_accumulation_steps` must be a multiple of their number.")
  private String spark;

  @Option(names = "--json", description = "Print the lines of metrics.jsonl.")
  private boolean json;

  @Override
  @SuppressWarnings("try") // the page is not used in the code
  public Integer call() throws IOException {
    refuseUi();
    TrainingConfig config = config();
    if (spark == null) {
      device.apply(config.getDevice());
    }
    RunDirectory directory = new RunDirectory(out == null ? savePath(config) : out);
    requireRoom(config, directory);
    if (spark != null) {
      return trainOnCluster(config, directory);
    }
    TrainingRun.TrainingRunBuilder builder =
        TrainingRun.builder()
            .config(config)
            .directory(directory)
            .resume(resume)
            .force(force)
            .observer(new ConsoleProgress(config.getName(), spec.commandLine().getErr()));
    if (json) {
      builder.observer(new MetricsPrinter(new JsonLines(spec.commandLine().getOut())));
    }
    try (RunPage.Open page = RunPage.of(directory.path(), serve, spec.commandLine().getErr());
        TrainingRun run = builder.build()) {
      if (!config.isOnlyEval()
          && !StopOnSignal.whileRunning(run::requestStop, () -> train(run, directory))) {
        return 0;
      }
      return run.problems().getEvaluation().isEmpty()
          ? reportUnevaluated(directory)
          : evaluate(run, directory, config.isOnlyEval());
    }
  }

  @SuppressWarnings("try") // the page is not used in the code
  private int trainOnCluster(TrainingConfig config, RunDirectory directory) throws IOException {
    PrintWriter errors = spec.commandLine().getErr();
    ClusterTraining.Order order =
        new ClusterTraining.Order(
            config,
            directory,
            resume,
            force,
            line -> {
              errors.println(line);
              errors.flush();
            });
    try (RunPage.Open page = RunPage.of(directory.path(), serve, errors);
        ClusterTraining training = ClusterTraining.open(spark, order)) {
      AddedMetrics added = AddedMetrics.to(directory.metrics(), resume);
      if (!StopOnSignal.whileRunning(training::requestStop, () -> train(training, added))) {
        return 0;
      }
    }
    if (Files.notExists(directory.evaluation())) {
      return reportUnevaluated(directory);
    }
    show(RunSummary.read(directory.evaluation()));
    return report(directory);
  }

  /** Trains a run; returns whether it was completed. */
  private boolean train(ClusterTraining training, AddedMetrics added) throws IOException {
    boolean completed = training.train();
    if (json) {
      added.print(spec.commandLine().getOut());
    }
    if (!completed) {
      PrintWriter errors = spec.commandLine().getErr();
      errors.println("Stopped before the end. Continue with the same command and --resume.");
      errors.flush();
    }
    return completed;
  }

  private void requireRoom(TrainingConfig config, RunDirectory directory) throws IOException {
    if ((resume || force) && Files.notExists(directory.metrics())) { // no run to go on or replace
      ResultKind.RUN.requireNoOther(directory.path());
    }
    if (resume) {
      directory.requireResumable(); // also with --force, which then allows other data and no more
    } else if (force) {
      return;
    } else if (config.isOnlyEval()) {
      directory.requireNoTraining();
    } else {
      directory.requireFree();
    }
  }

  private void refuseUi() {
    if (ui != null) {
      throw new ParameterException(
          spec.commandLine(),
          "--ui needs a server that only this machine reaches, but DL4J's training UI listens on"
              + " every network interface. Use --serve PORT, which shows the run on this machine"
              + " only, or run `coconut4j report DIR` during the run; from Java, add ND4J's"
              + " UIListener to TrainingRun.");
    }
  }

  private TrainingConfig config() throws IOException {
    ConfigFile file = ConfigFile.read(configFile);
    for (String override : overrides) {
      file.set(override);
    }
    if (device.given() != null) {
      file.set("device=" + device.given());
    }
    return file.toTrainingConfig();
  }

  private static Path savePath(TrainingConfig config) {
    return ConfigFile.requireNoPlaceholder(
        Path.of(config.getSavePath(), config.getName()),
        "Set it with --set save_path=DIR, or name the run's directory with --out.");
  }

  /** Trains a run; returns whether it was completed. */
  private boolean train(TrainingRun run, RunDirectory directory) throws IOException {
    run.train();
    if (run.isStoppedEarly()) {
      spec.commandLine()
          .getErr()
          .printf(
              Locale.ROOT,
              "Stopped early after step %d, as `early_stopping` says.%n",
              run.state().getStep());
    }
    if (!run.isFinished()) {
      spec.commandLine()
          .getErr()
          .printf(
              Locale.ROOT,
              "Stopped after step %d. Continue with: ./coconut4j train --config %s --out %s"
                  + " --resume%n",
              run.state().getStep(),
              quoted(directory.config()),
              quoted(directory.path()));
    }
    return run.isFinished();
  }

  /** A path quoted for a shell, valid in any directory. */
  private static String quoted(Path path) {
    String absolute = path.toAbsolutePath().toString();
    return absolute.matches("[\\w./+:@-]+") ? absolute : "'" + absolute.replace("'", "'\\''") + "'";
  }

  private int evaluate(TrainingRun run, RunDirectory directory, boolean onlyEval)
      throws IOException {
    Evaluation evaluation = run.evaluate();
    RunSummary summary = RunSummary.of(run, evaluation);
    if (onlyEval) {
      run.publish(evaluation, summary.getLoss());
    }
    summary.write(directory.evaluation());
    show(summary);
    return report(directory);
  }

  private void show(RunSummary summary) {
    if (!json) {
      PrintWriter output = spec.commandLine().getOut();
      output.printf(
          Locale.ROOT,
          "%s: accuracy %.1f %% (%s) on %d problems, %.1f tokens, %d updates in %.0f s%n",
          summary.getMethod(),
          100 * summary.getAccuracy(),
          summary.accuracyInterval().toPercent(),
          summary.getProblems(),
          summary.getMeanTokens(),
          summary.getUpdates(),
          summary.getSeconds());
      output.flush();
    }
  }

  private int reportUnevaluated(RunDirectory directory) throws IOException {
    if (!json) {
      PrintWriter output = spec.commandLine().getOut();
      output.println(
          "Wrote " + directory.model() + ". It is not evaluated, as `val_path` is not set.");
      output.flush();
    }
    return report(directory);
  }

  private int report(RunDirectory directory) throws IOException {
    new RunReport().write(directory.path());
    return 0;
  }
}
