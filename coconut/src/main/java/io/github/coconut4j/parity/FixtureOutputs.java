package io.github.coconut4j.parity;

import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.IntStream;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Compares a model's logits, input embeddings, latents and hidden states with a fixture's. */
@RequiredArgsConstructor
final class FixtureOutputs {

  private static final String LOGITS = "logits";
  private static final String TEACHER_LOGITS = "teacher_logits";
  private static final String EMBEDDINGS = "inputs_embeds";
  private static final String LATENTS = "latents";
  private static final String STUDENT_STATES = "kd_student";
  private static final String TEACHER_STATES = "kd_teacher";

  private final ParityCase fixture;
  private final FixtureBatch batches;
  private final ExpectedTensors tensors;

  /** Names of the outputs that a fixture may have. */
  static Set<String> names(ParityCase fixture) {
    Set<String> names = new LinkedHashSet<>(Set.of(LOGITS, EMBEDDINGS));
    if (fixture.getTeacher() != null) {
      names.addAll(Set.of(TEACHER_LOGITS, LATENTS, STUDENT_STATES, TEACHER_STATES));
    } else if (fixture.getStepIds() != null) {
      names.add(LATENTS);
    }
    return names;
  }

  private int students() {
    return fixture.getInputIds().length;
  }

  /** Largest difference of the students' and the teachers' logits at real positions. */
  double logitsError(LatentTransformer transformer) throws IOException {
    INDArray logits = transformer.logits(batches.whole());
    double error = error(LOGITS, logits, 0, fixture.getAttentionMask());
    if (fixture.getTeacher() == null) {
      return error;
    }
    int[][] mask = fixture.getTeacher().attentionMask();
    return Math.max(error, error(TEACHER_LOGITS, logits, students(), mask));
  }

  /** Whether our logits are numbers; otherwise there is no largest one to continue with. */
  boolean isFinite(LatentTransformer transformer) {
    LatentBatch batch = batches.whole();
    INDArray logits = transformer.logits(batch);
    return ArrayDifference.between(logits, logits, batch.getAttentionMask()).getLargest() == 0;
  }

  /** Largest difference of the students' input embeddings at real positions. */
  double embeddingsError(LatentTransformer transformer) throws IOException {
    INDArray embeddings = transformer.inputEmbeddings(batches.whole());
    return error(EMBEDDINGS, embeddings, 0, fixture.getAttentionMask());
  }

  /**
   * Largest difference of some sequences' values [B, T, ·] in the batch.
   *
   * @param first index of the first sequence
   * @param mask their own attention mask [B, T]
   */
  private double error(String name, INDArray values, int first, int[][] mask) throws IOException {
    INDArray own =
        values
            .get(
                NDArrayIndex.interval(first, first + mask.length),
                NDArrayIndex.interval(0, mask[0].length),
                NDArrayIndex.all())
            .dup();
    INDArray reference = tensors.read(name, own.shape());
    return ArrayDifference.between(own, reference, Nd4j.createFromArray(mask)).getLargest();
  }

  /** Largest difference of latents and of compared hidden states; null if there are none. */
  Double latentsError(LatentTransformer transformer, FixtureModel model) throws IOException {
    Double error = null;
    if (tensors.has(LATENTS)) {
      INDArray latents = latents(transformer, model);
      error = difference(latents, tensors.read(LATENTS, latents.shape()));
    }
    if (fixture.getKd() != null) {
      INDArray student = batches.studentStates(transformer);
      INDArray teacher = batches.teacherStates(transformer);
      double states =
          Math.max(
              difference(student, tensors.read(STUDENT_STATES, student.shape())),
              difference(teacher, tensors.read(TEACHER_STATES, teacher.shape())));
      error = error == null ? Double.valueOf(states) : Double.valueOf(Math.max(error, states));
    }
    return error;
  }

  private static double difference(INDArray ours, INDArray theirs) {
    return ArrayDifference.between(ours, theirs).getLargest();
  }

  /**
   * Latents [B, N, d]; after each iteration [T, B, N, d]; with steps on CODI including the latent
   * after the last.
   */
  private INDArray latents(LatentTransformer transformer, FixtureModel model) {
    if (fixture.getNumIterations() != null) {
      INDArray[] iterations =
          IntStream.rangeClosed(1, fixture.getNumIterations())
              .mapToObj(
                  iteration -> {
                    try (LatentTransformer refined = model.withIterations(iteration)) {
                      return latents(refined, batches.whole());
                    }
                  })
              .toArray(INDArray[]::new);
      return Nd4j.stack(0, iterations);
    }
    boolean oneMore = fixture.getTeacher() != null && fixture.getStepIds() != null;
    return latents(transformer, oneMore ? batches.withOneMoreLatent() : batches.whole());
  }

  private INDArray latents(LatentTransformer transformer, LatentBatch batch) {
    INDArray embeddings = transformer.inputEmbeddings(batch);
    INDArray[] sequences =
        IntStream.range(0, students())
            .mapToObj(b -> embeddings.slice(b).getRows(latentSteps(batch, b)).dup())
            .toArray(INDArray[]::new);
    return Nd4j.stack(0, sequences);
  }

  private static int[] latentSteps(LatentBatch batch, int b) {
    return IntStream.range(0, batch.steps())
        .filter(t -> batch.getLatentMask().getInt(b, t) == 1)
        .toArray();
  }
}
