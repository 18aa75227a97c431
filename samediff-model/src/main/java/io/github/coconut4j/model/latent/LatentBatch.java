package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.internal.Arguments;
import java.util.Arrays;
import java.util.Locale;
import lombok.Builder;
import lombok.Value;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One input batch of the transformer: B sequences of T time steps; all arrays are INT32 of shape
 * [B, T].
 *
 * <p>The label at a time step is predicted from the hidden state of the previous one, as in Hugging
 * Face's models: labels are not shifted in the array.
 */
@Value
public class LatentBatch {

  /** Label of a position that the loss leaves out. */
  public static final int IGNORED_LABEL = -100;

  /** Number of features of a batch, and of one with supervision. */
  private static final int FEATURES = 4;

  private static final int SUPERVISED = 8;

  /**
   * Token ids. A latent needs a valid id too, but its embedding is used only if latents are refined
   * in parallel.
   */
  INDArray inputIds;

  /**
   * Position ids: 0 on left padding, then counted from that of the first real token, which is
   * usually 0.
   */
  INDArray positionIds;

  /**
   * 0 for padding, 1 for a real position. If a sequence has several continuations, 1 is their
   * common beginning, and each continuation has its own number from 2 on: a position attends to
   * earlier positions with its own number and with 1.
   */
  INDArray attentionMask;

  /** 1 if the input is the previous time step's final hidden state instead of a token. */
  INDArray latentMask;

  /** Token ids to predict, {@link #IGNORED_LABEL} elsewhere; null if nothing is predicted. */
  INDArray labels;

  /** Targets of objectives other than the cross-entropy; null if there are none. */
  Supervision supervision;

  /**
   * Checks that the arrays are INT32 and of one shape, the latent mask 0 or 1 and the attention
   * mask at least 0.
   *
   * @throws IllegalArgumentException if an array was closed, has another type or shape or has no
   *     position, a mask has another value, or the supervision has another number of sequences
   */
  @Builder
  public LatentBatch(
      INDArray inputIds,
      INDArray positionIds,
      INDArray attentionMask,
      INDArray latentMask,
      INDArray labels,
      Supervision supervision) {
    this.inputIds = checked("inputIds", inputIds, inputIds);
    this.positionIds = checked("positionIds", positionIds, inputIds);
    this.attentionMask = segments(attentionMask, inputIds);
    this.latentMask = flags("latentMask", latentMask, inputIds);
    this.labels = labels == null ? null : checked("labels", labels, inputIds);
    this.supervision = supervision;
    if (supervision != null && supervision.sequences() != inputIds.size(0)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A batch of %d sequences needs supervision of as many, but has that of %d. Give one for"
                  + " each.",
              inputIds.size(0),
              supervision.sequences()));
    }
  }

  /**
   * Reads a batch of the data module.
   *
   * @param batch the features input_ids, position_ids, attention_mask and latent_mask in this
   *     order, then none or those of {@link Supervision} in its order; one array of labels or none
   * @throws IllegalArgumentException if it is null or has other arrays
   */
  public static LatentBatch of(MultiDataSet batch) {
    Arguments.requireNonNull(batch, "batch", "Build it with the data module's SequenceBatcher.");
    INDArray[] features = batch.getFeatures();
    if (features == null || (features.length != FEATURES && features.length != SUPERVISED)) {
      throw new IllegalArgumentException(
          "A batch needs the four features input_ids, position_ids, attention_mask and latent_mask,"
              + " and may have the four of its supervision, but has "
              + (features == null ? 0 : features.length)
              + ". Build it with the data module's SequenceBatcher.");
    }
    INDArray[] labels = batch.getLabels();
    if (labels != null && labels.length > 1) {
      throw new IllegalArgumentException(
          "A batch has one array of labels or none, but "
              + labels.length
              + " are given. Build it with the data module's SequenceBatcher.");
    }
    return new LatentBatch(
        features[0],
        features[1],
        features[2],
        features[3],
        labels == null || labels.length == 0 ? null : labels[0],
        features.length == FEATURES
            ? null
            : new Supervision(features[4], features[5], features[6], features[7]));
  }

  /** Number of sequences, B. */
  public int sequences() {
    return (int) inputIds.size(0);
  }

  /** Number of time steps, T. */
  public int steps() {
    return (int) inputIds.size(1);
  }

  /** The same tokens without latents. */
  LatentBatch withoutLatents() {
    return new LatentBatch(
        inputIds, positionIds, attentionMask, Nd4j.zerosLike(latentMask), labels, supervision);
  }

  /**
   * Checks that no array was closed.
   *
   * @throws IllegalStateException if one was
   */
  void requireOpen() {
    requireOpen("inputIds", inputIds);
    requireOpen("positionIds", positionIds);
    requireOpen("attentionMask", attentionMask);
    requireOpen("latentMask", latentMask);
    requireOpen("labels", labels);
    if (supervision != null) {
      requireOpen("teachers", supervision.getTeachers());
      requireOpen("steps", supervision.getSteps());
      requireOpen("targetTokens", supervision.getTargetTokens());
      requireOpen("targetProbabilities", supervision.getTargetProbabilities());
    }
  }

  private static void requireOpen(String name, INDArray array) {
    if (array != null && array.wasClosed()) {
      throw new IllegalStateException(
          "A batch's arrays must be open when it is read, but "
              + name
              + " was closed. Close them afterwards.");
    }
  }

  private static INDArray segments(INDArray array, INDArray like) {
    Positions.requireSegments(checked("attentionMask", array, like).reshape(-1).toIntVector());
    return array;
  }

  private static INDArray flags(String name, INDArray array, INDArray like) {
    for (int value : checked(name, array, like).reshape(-1).toIntVector()) {
      if (value != 0 && value != 1) {
        throw new IllegalArgumentException(
            name + " needs to be 0 or 1 at each position, but has " + value + ". Correct it.");
      }
    }
    return array;
  }

  private static INDArray checked(String name, INDArray array, INDArray like) {
    if (array == null
        || array.wasClosed()
        || array.dataType() != DataType.INT32
        || array.rank() != 2
        || array.length() == 0
        || !Arrays.equals(array.shape(), like.shape())) {
      throw new IllegalArgumentException(
          name
              + " needs INT32 values of one shape [B, T] with inputIds, at least [1, 1], but is "
              + (array == null ? "missing" : Arguments.described(array))
              + ". Give an array of inputIds' shape, made by Nd4j.createFromArray(int[][]).");
    }
    return array;
  }
}
