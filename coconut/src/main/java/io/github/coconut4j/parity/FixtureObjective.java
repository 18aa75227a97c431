package io.github.coconut4j.parity;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.Objective;
import io.github.coconut4j.model.objective.FrontierSupervision;
import io.github.coconut4j.model.objective.SelfDistillation;
import io.github.coconut4j.model.objective.StepDecoder;
import io.github.coconut4j.model.objective.StepMean;
import io.github.coconut4j.model.objective.StepSupervision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The objective of a fixture's kind and the terms of its loss. A term is the loss of the same
 * objective with weight 1 for that term and 0 for the others, or on a part of the batch.
 */
final class FixtureObjective {

  private final ParityCase fixture;
  private final FixtureBatch batches;

  /** Null without a decoder. */
  private final StepDecoder decoder;

  FixtureObjective(Path directory, ParityCase fixture) throws IOException {
    this.fixture = fixture;
    batches = new FixtureBatch(fixture);
    decoder =
        fixture.getDecoder() == null ? null : decoder(directory.resolve(fixture.getDecoder()));
  }

  private static StepDecoder decoder(Path directory) throws IOException {
    TransformerConfig config = TransformerConfig.read(directory);
    return new StepDecoder(config, Weights.read(directory, config));
  }

  FixtureBatch batches() {
    return batches;
  }

  /** The objective of the fixture's gradients. */
  Objective objective() {
    if (fixture.getFrontierTargets() != null) {
      return new FrontierSupervision(fixture.getFrontierWeight());
    }
    Objective sequences =
        fixture.getTeacher() == null
            ? Objective.CROSS_ENTROPY
            : distillation(fixture.getAlpha(), fixture.getBeta(), fixture.getGamma());
    return fixture.getStepIds() == null ? sequences : steps(sequences, stepWeight());
  }

  private Objective distillation(double alpha, double beta, double gamma) {
    return SelfDistillation.builder()
        .teacherWeight(alpha)
        .studentWeight(beta)
        .distillWeight(gamma)
        .withEmbeddings(fixture.getKd().layers()[0] == 0)
        .build();
  }

  private double stepWeight() {
    return fixture.getStepFactor() == null ? fixture.getStepWeight() : fixture.getStepFactor();
  }

  private Objective steps(Objective other, double weight) {
    return StepSupervision.builder()
        .other(other)
        .decoder(decoder)
        .weight(weight)
        .mean(StepMean.valueOf(fixture.getStepMean().toUpperCase(Locale.ROOT)))
        .groupSize(fixture.getCThought() == null ? 1 : fixture.getCThought())
        .firstPosition(fixture.getDecoderFirstPosition())
        .build();
  }

  /** The terms of the loss by name, each a list of one or more numbers. */
  Map<String, List<Double>> terms(LatentTransformer transformer, double total) {
    Map<String, List<Double>> terms = new HashMap<>();
    terms.put("total", List.of(total));
    LatentBatch batch = batches.whole();
    if (fixture.getTeacher() == null) {
      terms.put("coconut", List.of(transformer.loss(batch)));
    } else {
      terms.put("teacher", List.of(transformer.loss(batch, distillation(1, 0, 0))));
      terms.put("student", List.of(transformer.loss(batch, distillation(0, 1, 0))));
      terms.put("kd", List.of(transformer.loss(batch, distillation(0, 0, 1))));
      terms.put("kd_layers", distances(transformer));
    }
    if (fixture.getStepIds() != null) {
      putSteps(transformer, batch, terms);
    }
    if (fixture.getFrontierTargets() != null) {
      putFrontier(transformer, batch, terms);
    }
    return terms;
  }

  /** SmoothL1 / std of each compared layer. */
  private List<Double> distances(LatentTransformer transformer) {
    INDArray students = batches.studentStates(transformer);
    INDArray teachers = batches.teacherStates(transformer);
    return IntStream.range(0, fixture.getKd().layers().length)
        .mapToObj(
            layer -> {
              INDArray teacher = teachers.slice(layer);
              double[] apart =
                  students.slice(layer).sub(teacher).dup().reshape(-1).toDoubleVector();
              double smooth =
                  DoubleStream.of(apart)
                      .map(Math::abs)
                      .map(x -> x < 1 ? x * x / 2 : x - 0.5)
                      .average()
                      .orElseThrow();
              return smooth / teacher.stdNumber().doubleValue();
            })
        .toList();
  }

  private void putSteps(
      LatentTransformer transformer, LatentBatch batch, Map<String, List<Double>> terms) {
    Objective other =
        fixture.getTeacher() == null ? Objective.CROSS_ENTROPY : distillation(0, 0, 0);
    double own = transformer.loss(batch, other);
    Objective whole = steps(other, fixture.getStepFactor() == null ? 1 : stepWeight());
    Objective each = steps(other, 1);
    terms.put("step", List.of(transformer.loss(batch, whole) - own));
    terms.put(
        "step_latents",
        IntStream.range(0, fixture.getStepIds()[0].length)
            .mapToObj(group -> transformer.loss(batches.withStepsOf(group), each) - own)
            .toList());
  }

  private void putFrontier(
      LatentTransformer transformer, LatentBatch batch, Map<String, List<Double>> terms) {
    Objective frontier = new FrontierSupervision(1);
    double own = transformer.loss(batch);
    terms.put("frontier", List.of(transformer.loss(batch, frontier) - own));
    List<Double> latents = new ArrayList<>();
    for (int b = 0; b < fixture.getFrontierTargets().size(); b++) {
      for (int i = 0; i < fixture.getFrontierTargets().get(b).size(); i++) {
        if (fixture.getFrontierTargets().get(b).get(i) != null) {
          latents.add(transformer.loss(batches.withTargetOf(b, i), frontier) - own);
        }
      }
    }
    terms.put("latents", latents);
  }

  /** Adds zero gradients for the decoder's parameters that the loss does not depend on. */
  void addUnreached(Map<String, INDArray> gradients) {
    if (decoder != null) {
      decoder
          .getWeights()
          .asMap()
          .forEach(
              (name, array) ->
                  gradients.computeIfAbsent(
                      StepDecoder.PREFIX + name,
                      missing -> Nd4j.zeros(array.dataType(), array.shape())));
    }
  }
}
