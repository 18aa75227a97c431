package io.github.coconut4j.audit;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.AnalysisObserver;
import io.github.coconut4j.analyze.ContinuationCounter;
import io.github.coconut4j.analyze.path.PathVerifier;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.method.AnswerFormat;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.latent.LatentLoops;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tests the claims on models and on controls that differ from them only in the training method.
 *
 * <pre>{@code
 * Audit audit = Audit.of(List.of(model), List.of(control), AuditOptions.builder().build());
 * AuditResult result = audit.run("unseen", problems, LatentLoops.AUTO, AnalysisObserver.NONE);
 * result.getFindings().forEach(found -> System.out.println(found.line()));
 * }</pre>
 */
public final class Audit {

  private final List<TrainedModel> models;
  private final List<MatchedControls> controls;
  private final AuditOptions options;

  private Audit(List<TrainedModel> models, List<MatchedControls> controls, AuditOptions options) {
    this.models = models;
    this.controls = controls;
    this.options = options;
  }

  /**
   * Makes an audit of model directories, after checking that their training configurations match.
   *
   * @param models models trained with a method that feeds hidden states back, which differ only in
   *     their seeds; at least one
   * @param controls models that differ from one of these only in the method, which has no latents;
   *     at least one
   * @throws IllegalArgumentException if there is no model or no control, a directory has no
   *     training configuration, or they differ in other keys, which the message names
   */
  public static Audit of(List<Path> models, List<Path> controls, AuditOptions options)
      throws IOException {
    Arguments.requireElements(models, "models");
    Arguments.requireElements(controls, "controls");
    Arguments.requireNonNull(options, "options", "Build AuditOptions.");
    List<TrainedModel> trained = read(models);
    return new Audit(trained, MatchedControls.of(trained, read(controls)), options);
  }

  private static List<TrainedModel> read(List<Path> directories) throws IOException {
    List<TrainedModel> models = new ArrayList<>();
    for (Path directory : directories) {
      models.add(TrainedModel.read(directory));
    }
    return models;
  }

  /**
   * Runs every model, and judges the claims.
   *
   * @param data name of the problems in the results
   * @throws IllegalArgumentException if there are fewer than 2 problems, or one does not have
   *     ProsQA's form
   * @throws io.github.coconut4j.model.ModelFormatException if a directory is not a model directory
   */
  public AuditResult run(
      String data, List<ReasoningProblem> problems, LatentLoops loop, AnalysisObserver observer)
      throws IOException {
    if (problems.size() < 2) {
      throw new IllegalArgumentException(
          "An audit needs at least 2 problems, whose thoughts are exchanged, but "
              + data
              + " has "
              + problems.size()
              + ". Choose another file, or a larger --limit.");
    }
    ContinuationCounter progress =
        new ContinuationCounter(observer, continuations(problems.size()));
    Map<TrainedModel, Observations> seen = new LinkedHashMap<>();
    for (TrainedModel one : all()) {
      try (CoconutModel model = CoconutModel.open(one.getDirectory(), loop)) {
        AnswerFormat answers = model.getConfig().thoughtSettings().getAnswers();
        List<PathVerifier> verifiers = PathVerifier.all(data, problems, answers);
        ModelObserver asking = new ModelObserver(model, problems, verifiers, options);
        seen.put(one, asking.observe(!models.contains(one), progress::advance));
      }
    }
    List<ModelProfile> profiles = new ArrayList<>();
    seen.forEach((model, observed) -> profiles.add(ModelProfile.of(model, observed)));
    return new AuditResult(data, problems.size(), options.getSeed(), profiles, findings(seen));
  }

  private List<TrainedModel> all() {
    List<TrainedModel> all = new ArrayList<>(models);
    controls.forEach(group -> group.getPairs().forEach(pair -> all.add(pair.control())));
    return all;
  }

  private List<Finding> findings(Map<TrainedModel, Observations> seen) {
    List<Finding> findings = new ArrayList<>();
    for (Claim claim : Claim.values()) {
      for (MatchedControls group : controls) {
        List<Comparison.Pair> observed =
            group.getPairs().stream()
                .map(pair -> new Comparison.Pair(seen.get(pair.model()), seen.get(pair.control())))
                .toList();
        findings.add(Finding.of(claim, group, observed, options.getSeed()));
      }
    }
    return findings;
  }

  private int continuations(int problems) {
    int batches = 1 + (problems - 1) / options.getBatchSize();
    return batches
        * all().stream().mapToInt(one -> ModelObserver.continuations(one.getThoughts())).sum();
  }
}
