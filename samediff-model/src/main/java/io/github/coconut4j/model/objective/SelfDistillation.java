package io.github.coconut4j.model.objective;

import io.github.coconut4j.model.latent.Labels;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.Objective;
import io.github.coconut4j.model.latent.ObjectiveInputs;
import io.github.coconut4j.model.latent.Supervision;
import io.github.coconut4j.model.op.EmbeddingLookup;
import io.github.coconut4j.model.op.LabelCrossEntropy;
import io.github.coconut4j.model.op.LayerDistillation;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import lombok.Builder;
import lombok.Value;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A student with latents learns from a teacher that writes its chain; both are in the same batch
 * and use the same model (CODI, arXiv 2502.21074, section 3.2; PCCoT, arXiv 2506.18582, section
 * 3.3). The teacher is a separate sequence, or another continuation of the student's:
 *
 * <pre>
 * teacherWeight · CE(teacher) + studentWeight · CE(student) + distillWeight · KD
 * CE = mean over the labelled tokens of those sequences
 * KD = mean over layers of SmoothL1(student, teacher) / std(teacher)
 * </pre>
 *
 * <p>with hidden states at one time step of each, {@link Supervision#compared} and {@link
 * Supervision#teacherCompared}. KD has no gradient for teachers. The means and std(teacher) are
 * those of one batch, as in the published programs, and batches are weighted by their number of
 * students when they are averaged: the result depends on how sequences are divided into batches.
 */
@Value
public class SelfDistillation implements Objective {

  private static final String TOKENS = "distillation_label_tokens";
  private static final String WEIGHTS = "distillation_label_weights";
  private static final String LABELS = "distillation_labels";
  private static final String STUDENTS = "distillation_students";
  private static final String TEACHERS = "distillation_teachers";
  private static final String FINAL_STUDENTS = "distillation_final_students";
  private static final String FINAL_TEACHERS = "distillation_final_teachers";

  /** The least segment that is a sequence's own continuation ({@code attention_mask}). */
  private static final int FIRST_CONTINUATION = 2;

  /** α, weight of the teachers' cross-entropy. */
  double teacherWeight;

  /** β, weight of the students' cross-entropy. */
  double studentWeight;

  /** γ, weight of the distillation. */
  double distillWeight;

  /** Whether the embeddings are compared too, as in CODI; not in PCCoT. */
  boolean withEmbeddings;

  /**
   * Checks the weights.
   *
   * @throws IllegalArgumentException if one is negative or not finite
   */
  @Builder
  public SelfDistillation(
      double teacherWeight, double studentWeight, double distillWeight, boolean withEmbeddings) {
    this.teacherWeight = Weight.checked("teacherWeight", teacherWeight);
    this.studentWeight = Weight.checked("studentWeight", studentWeight);
    this.distillWeight = Weight.checked("distillWeight", distillWeight);
    this.withEmbeddings = withEmbeddings;
  }

  @Override
  public boolean readsLayers() {
    return true;
  }

  @Override
  public SDVariable loss(ObjectiveInputs inputs) {
    SameDiff graph = inputs.getGraph();
    SDVariable hidden = inputs.getHidden();
    SDVariable crossEntropy =
        LabelCrossEntropy.of(
            EmbeddingLookup.of(hidden, integers(graph, LABELS)),
            inputs.getOutputTable(),
            integers(graph, TOKENS),
            graph.placeHolder(WEIGHTS, DataType.DOUBLE, -1));
    SDVariable distillation =
        LayerDistillation.of(
            inputs.getLayers(),
            hidden,
            integers(graph, STUDENTS),
            integers(graph, TEACHERS),
            integers(graph, FINAL_STUDENTS),
            integers(graph, FINAL_TEACHERS),
            withEmbeddings ? 0 : 1);
    return crossEntropy.add(distillation.mul(distillWeight));
  }

  private static SDVariable integers(SameDiff graph, String name) {
    return graph.placeHolder(name, DataType.INT32, -1);
  }

  @Override
  public Targets targets(LatentBatch batch) {
    Labels labels = Labels.of(batch);
    Supervision supervision = supervision(batch);
    int[] sequences = students(supervision);
    int[] students =
        IntStream.of(sequences).map(b -> compared(batch, b, supervision.compared(b))).toArray();
    int[] teachers =
        IntStream.of(sequences)
            .map(b -> compared(batch, supervision.teacher(b), supervision.teacherCompared(b)))
            .toArray();
    PositionIndex hidden = PositionIndex.of(labels.positions(), students, teachers);
    PositionIndex layers = PositionIndex.of(students, teachers);
    Map<String, INDArray> placeholders = new HashMap<>();
    placeholders.put(LABELS, hidden.numbers(labels.positions()));
    placeholders.put(TOKENS, Nd4j.createFromArray(labels.tokens()));
    placeholders.put(WEIGHTS, Nd4j.createFromArray(weights(batch, labels)));
    placeholders.put(STUDENTS, layers.numbers(students));
    placeholders.put(TEACHERS, layers.numbers(teachers));
    placeholders.put(FINAL_STUDENTS, hidden.numbers(students));
    placeholders.put(FINAL_TEACHERS, hidden.numbers(teachers));
    return new Targets(hidden.positions(), layers.positions(), placeholders, sequences.length);
  }

  private static Supervision supervision(LatentBatch batch) {
    Supervision supervision = batch.getSupervision();
    if (supervision == null || students(supervision).length == 0) {
      throw new IllegalArgumentException(
          "Self-distillation needs a batch with a teacher for each student, but it has none. Lay"
              + " the problems out with the method codi or pccot.");
    }
    return supervision;
  }

  private static int[] students(Supervision supervision) {
    return IntStream.range(0, supervision.sequences())
        .filter(b -> supervision.teacher(b) != Supervision.NONE)
        .toArray();
  }

  /** The position b · T + t at which hidden states are compared. */
  private static int compared(LatentBatch batch, int b, int step) {
    boolean exists = b >= 0 && b < batch.sequences();
    if (!exists || step < 0 || step >= batch.steps()) {
      throw new IllegalArgumentException(
          "Students and teachers need a time step at which hidden states are compared, but sequence"
              + " "
              + b
              + (exists ? " has the time step " + step : " is none of the batch")
              + ". Give each from 0 to "
              + (batch.steps() - 1)
              + ".");
    }
    return b * batch.steps() + step;
  }

  /** The weight of each label: its kind of sequence's weight divided by their number of labels. */
  private double[] weights(LatentBatch batch, Labels labels) {
    boolean[] student = studentLabels(batch, labels);
    int students = 0;
    for (boolean own : student) {
      students += own ? 1 : 0;
    }
    double[] weights = new double[student.length];
    for (int i = 0; i < student.length; i++) {
      weights[i] =
          student[i] ? studentWeight / students : teacherWeight / (student.length - students);
    }
    return weights;
  }

  /**
   * Marks the labels of students; a student's sequence may also contain its teacher's labels, in
   * another segment.
   */
  private static boolean[] studentLabels(LatentBatch batch, Labels labels) {
    int steps = batch.steps();
    int[] segments = batch.getAttentionMask().reshape(-1).toIntVector();
    int[] teacherSegments = new int[batch.sequences()];
    Arrays.fill(teacherSegments, Supervision.NONE);
    boolean[] hasTeacher = new boolean[teacherSegments.length];
    Supervision supervision = batch.getSupervision();
    for (int b : students(supervision)) {
      hasTeacher[b] = true;
      if (supervision.teacher(b) == b) {
        int segment = segments[compared(batch, b, supervision.teacherCompared(b))];
        requireContinuation(b, segment, segments[compared(batch, b, supervision.compared(b))]);
        teacherSegments[b] = segment;
      }
    }
    int[] positions = labels.positions();
    boolean[] student = new boolean[positions.length];
    for (int i = 0; i < student.length; i++) {
      int b = positions[i] / steps;
      student[i] = hasTeacher[b] && segments[positions[i] + 1] != teacherSegments[b];
    }
    return student;
  }

  /** Otherwise labels of the teacher and of the student could not be told apart. */
  private static void requireContinuation(int sequence, int teacher, int student) {
    if (teacher < FIRST_CONTINUATION || teacher == student) {
      throw new IllegalArgumentException(
          "A teacher in its student's row must be compared in a continuation of its own, but that"
              + " of sequence "
              + sequence
              + " is compared in segment "
              + teacher
              + " and the student in "
              + student
              + ". Number the teacher's continuation in the attention mask, from 2 on.");
    }
  }
}
