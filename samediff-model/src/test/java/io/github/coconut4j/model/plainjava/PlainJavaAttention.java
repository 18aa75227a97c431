package io.github.coconut4j.model.plainjava;

import io.github.coconut4j.model.loop.Attention;
import io.github.coconut4j.model.loop.AttentionShape;
import io.github.coconut4j.model.loop.MaskedRows;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.loop.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import lombok.RequiredArgsConstructor;

/** Attention query by query, with a key, a value and their gradients for each position. */
@RequiredArgsConstructor
final class PlainJavaAttention implements Attention {

  private final PlainJavaOperations operations;
  private final Heap heap;
  private final AttentionShape shape;

  /** By time step, of each sequence. */
  private List<Map<Integer, Entry>> sequences = new ArrayList<>();

  private static final class Entry {
    private float[] key;
    private float[] value;
    private double[] keyGradient;
    private double[] valueGradient;
  }

  @Override
  public void start(int count, int capacity, boolean training) {
    sequences = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sequences.add(new HashMap<>());
    }
  }

  private Entry entry(int sequence, int step) {
    return sequences.get(sequence).computeIfAbsent(step, key -> new Entry());
  }

  @Override
  public void store(Pass pass, Matrix keys, Matrix values) {
    PlainJavaBackend.STORED.incrementAndGet();
    for (int row = 0; row < pass.rows(); row++) {
      Entry entry = entry(pass.sequence(row), pass.step(row));
      entry.key = heap.row(keys, row);
      entry.value = heap.row(values, row);
    }
  }

  private static IntUnaryOperator rows(Pass pass, boolean queriedOnly) {
    return queriedOnly ? query -> pass.queriedRows()[query] : query -> query;
  }

  @Override
  public void forward(
      Pass pass, boolean queriedOnly, Matrix queries, MaskedRows dropout, Matrix output) {
    PlainJavaBackend.ATTENTIONS.incrementAndGet();
    for (int query = 0; query < queries.rows(); query++) {
      int row = rows(pass, queriedOnly).applyAsInt(query);
      float[] sum = new float[shape.heads() * shape.headSize()];
      for (int head = 0; head < shape.heads(); head++) {
        double[] p = probabilities(pass, row, heap.row(queries, query), head);
        double[] m = multipliers(dropout, query, head, p.length);
        for (int key = 0; key < p.length; key++) {
          if (p[key] == 0) {
            continue; // nothing need be stored there
          }
          float[] value = entry(pass.sequence(row), key).value;
          for (int i = 0; i < shape.headSize(); i++) {
            sum[start(head) + i] += (float) (m[key] * p[key] * value[keyStart(head) + i]);
          }
        }
      }
      heap.putRow(output, query, sum);
    }
  }

  /** Of a query's keys by time step. */
  private static double[] multipliers(MaskedRows dropout, int query, int head, int keys) {
    double[] multipliers = new double[keys];
    Arrays.fill(multipliers, 1);
    if (dropout != null && dropout.steps()[query] >= 0) {
      int step = dropout.steps()[query];
      double[] own = dropout.mask().multipliers(dropout.sequences()[query], head, step, step + 1);
      System.arraycopy(own, 0, multipliers, dropout.firstSteps()[query], own.length);
    }
    return multipliers;
  }

  private int start(int head) {
    return head * shape.headSize();
  }

  /** The query heads of a group share one head of keys and values. */
  private int keyStart(int head) {
    return start(head / shape.group());
  }

  private double[] probabilities(Pass pass, int row, float[] query, int head) {
    int b = pass.sequence(row);
    double[] p = new double[pass.step(row) + 1];
    double total = 0;
    for (int key = 0; key < p.length; key++) {
      if (operations.layout().batch().positions().sees(b, pass.step(row), key)) {
        double score = 0;
        for (int i = 0; i < shape.headSize(); i++) {
          score += (double) query[start(head) + i] * entry(b, key).key[keyStart(head) + i];
        }
        p[key] = Math.exp(score * shape.scale());
        total += p[key];
      }
    }
    for (int key = 0; key < p.length; key++) {
      p[key] /= total;
    }
    return p;
  }

  @Override
  public void startGradients() {
    sequences.forEach(steps -> steps.values().forEach(this::clear));
  }

  private void clear(Entry entry) {
    entry.keyGradient = new double[shape.keyValueWidth()];
    entry.valueGradient = new double[shape.keyValueWidth()];
  }

  @Override
  public void backward(
      Pass pass,
      boolean queriedOnly,
      Matrix queries,
      MaskedRows dropout,
      Matrix outputGradient,
      Matrix queryGradient) {
    for (int query = 0; query < queries.rows(); query++) {
      int row = rows(pass, queriedOnly).applyAsInt(query);
      float[] q = heap.row(queries, query);
      float[] gradient = new float[shape.heads() * shape.headSize()];
      for (int head = 0; head < shape.heads(); head++) {
        double[] m = multipliers(dropout, query, head, pass.step(row) + 1);
        backward(pass, row, q, heap.row(outputGradient, query), head, m, gradient);
      }
      heap.putRow(queryGradient, query, gradient);
    }
  }

  private void backward(
      Pass pass,
      int row,
      float[] query,
      float[] outputGradient,
      int head,
      double[] m,
      float[] gradient) {
    double[] p = probabilities(pass, row, query, head);
    double[] dp = new double[p.length];
    double mean = 0;
    for (int key = 0; key < p.length; key++) {
      Entry entry = entry(pass.sequence(row), key);
      for (int i = 0; i < shape.headSize(); i++) {
        float dy = outputGradient[start(head) + i];
        dp[key] += m[key] * dy * entry.value[keyStart(head) + i];
        entry.valueGradient[keyStart(head) + i] += m[key] * p[key] * dy;
      }
      mean += p[key] * dp[key];
    }
    for (int key = 0; key < p.length; key++) {
      Entry entry = entry(pass.sequence(row), key);
      double ds = p[key] * (dp[key] - mean) * shape.scale();
      for (int i = 0; i < shape.headSize(); i++) {
        gradient[start(head) + i] += (float) (ds * entry.key[keyStart(head) + i]);
        entry.keyGradient[keyStart(head) + i] += ds * query[start(head) + i];
      }
    }
  }

  @Override
  public void keyValueGradients(Pass pass, Matrix keyGradient, Matrix valueGradient) {
    for (int row = 0; row < pass.rows(); row++) {
      Entry entry = entry(pass.sequence(row), pass.step(row));
      for (int i = 0; i < shape.keyValueWidth(); i++) {
        heap.put(keyGradient, row, i, entry.keyGradient[i]);
        heap.put(valueGradient, row, i, entry.valueGradient[i]);
      }
      clear(entry);
    }
  }

  @Override
  public void retain(int[] kept) {
    List<Map<Integer, Entry>> all = sequences;
    sequences = new ArrayList<>();
    for (int sequence : kept) {
      sequences.add(all.get(sequence));
    }
  }

  @Override
  public void join(Attention others, int ownSteps, int capacity) {
    sequences.addAll(((PlainJavaAttention) others).sequences);
  }

  @Override
  public void close() {
    sequences = new ArrayList<>();
  }
}
