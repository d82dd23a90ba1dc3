using Bayes.Layers.Evaluation;

namespace Bayes.Layers.Tests.Evaluation;

/// <summary>The counts of any number of classes.</summary>
public sealed class MulticlassConfusionMatrixTests : TorchTest
{
    private const double Tolerance = 1e-15;

    /// <summary>Returns the matrix of certain predictions.</summary>
    private static MulticlassConfusionMatrix Of(int classes, long[] truth, long[] predicted) =>
        MulticlassConfusionMatrix.Of(nn.functional.one_hot(tensor(predicted), classes).to(float64), tensor(truth));

    [Fact]
    public void Counts_have_a_row_for_each_true_class()
    {
        var matrix = Of(3, truth: [0, 0, 0, 1, 1, 2], predicted: [0, 0, 2, 1, 0, 1]);
        matrix.ToArray().Should().BeEquivalentTo(new long[,] { { 2, 0, 1 }, { 1, 1, 0 }, { 0, 1, 0 } });
        matrix.Counts.SelectMany(row => row).Should().Equal(matrix.ToArray().Cast<long>());
        matrix.Counts[0][2].Should().Be(1, "class 0 was predicted as class 2 once");
        matrix.Classes.Should().Be(3);
        matrix.Total.Should().Be(6);
        matrix.Accuracy.Should().Be(0.5);
    }

    [Fact]
    public void Counts_cannot_be_changed()
    {
        var matrix = Of(2, truth: [0, 1], predicted: [0, 1]);
        var act = () => ((IList<long>)matrix.Counts[0])[0] = 7;
        act.Should().Throw<NotSupportedException>();
        matrix.ToArray()[0, 0] = 7;
        matrix.Counts[0][0].Should().Be(1);
    }

    /// <summary>The example in the documentation of scikit-learn's precision_recall_fscore_support: 0.22, 0.33 and 0.26.</summary>
    [Fact]
    public void Macro_averages_match_scikit_learn()
    {
        // Every class occurs and is predicted, so all scores are defined.
        var matrix = Of(3, truth: [0, 1, 2, 0, 1, 2], predicted: [0, 2, 1, 0, 0, 1]);
        matrix.MacroPrecision.Should().BeApproximately(2.0 / 9, Tolerance);
        matrix.MacroRecall.Should().BeApproximately(1.0 / 3, Tolerance);
        matrix.MacroF1.Should().BeApproximately(4.0 / 15, Tolerance);
        matrix.F1(0).Should().BeApproximately(0.8, Tolerance);
    }

    [Fact]
    public void Each_class_is_scored_as_one_against_the_rest()
    {
        Tensor truth = randint(0, 5, 200), predicted = where(rand(200) < 0.6, truth, randint(0, 5, 200));
        var matrix = MulticlassConfusionMatrix.Of(nn.functional.one_hot(predicted.to(int64), 5).to(float64), truth);
        for (int index = 0; index < 5; index++)
        {
            var one = ConfusionMatrix.Of(predicted.eq(index).to(float64), truth.eq(index));
            matrix.Counts[index][index].Should().Be(one.TruePositives);
            matrix.Precision(index).Should().Be(one.Precision);
            matrix.Recall(index).Should().Be(one.Recall);
            matrix.F1(index).Should().Be(one.F1);
        }
        matrix.MacroF1.Should().BeApproximately(Enumerable.Range(0, 5).Average(index => matrix.F1(index)!.Value), Tolerance);
    }

    [Fact]
    public void Two_classes_agree_with_the_binary_matrix()
    {
        Tensor probability = randint(0, 11, 100).to(float64).mul(0.1), target = (rand(100) < probability).to(int64);
        Values(probability).Should().Contain(0.5, "a tie is class 0 in both");
        var binary = ConfusionMatrix.Of(probability, target);
        foreach (var given in new[] { probability, stack([1 - probability, probability], 1) })
        {
            var matrix = MulticlassConfusionMatrix.Of(given, target);
            matrix.ToArray().Should().BeEquivalentTo(binary.ToArray());
            matrix.Total.Should().Be(binary.Total);
            matrix.Accuracy.Should().Be(binary.Accuracy);
            matrix.Precision(1).Should().Be(binary.Precision);
            matrix.Recall(1).Should().Be(binary.Recall);
            matrix.F1(1).Should().Be(binary.F1);
        }
    }

    [Fact]
    public void Undefined_scores_are_null_and_not_averaged()
    {
        // Class 1 is never predicted, class 2 never occurs, and class 3 does neither.
        var matrix = Of(4, truth: [0, 0, 1], predicted: [0, 2, 0]);
        (matrix.Precision(1), matrix.Recall(1), matrix.F1(1)).Should().Be((null, 0, 0));
        (matrix.Precision(2), matrix.Recall(2), matrix.F1(2)).Should().Be((0, null, 0));
        (matrix.Precision(3), matrix.Recall(3), matrix.F1(3)).Should().Be((null, null, null));
        matrix.MacroPrecision.Should().Be(0.25, "classes 0 and 2 were predicted");
        matrix.MacroRecall.Should().Be(0.25, "classes 0 and 1 are there");
        matrix.MacroF1.Should().BeApproximately(0.5 / 3, Tolerance, "class 3 is left out, as scikit-learn does");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public void A_class_outside_the_matrix_is_refused(int index)
    {
        var matrix = Of(3, truth: [0], predicted: [0]);
        foreach (var metric in new Func<int, double?>[] { matrix.Precision, matrix.Recall, matrix.F1 })
        {
            var act = () => metric(index);
            act.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("classIndex")
                .WithMessage($"classIndex is {index}; expected a class index from 0 to 2.*");
        }
    }

    [Fact]
    public void The_text_is_a_table_in_every_culture()
    {
        using var foreign = new ForeignCulture();
        Of(3, truth: [0, 0, 1], predicted: [0, 2, 0]).ToString().Should().Be(
            """
            3 examples, 3 classes
              accuracy                          0.3333
              macro precision                   0.2500
              macro recall                      0.2500
              macro F1                          0.1667
              true class, predicted       0       1       2  recall
              0                           1       0       1  0.5000
              1                           1       0       0  0.0000
              2                           0       0       0       -
              precision              0.5000       -  0.0000
              F1                     0.5000  0.0000  0.0000
            """.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData(20, 28)]
    [InlineData(21, 5)]
    public void Counts_of_more_than_twenty_classes_are_not_printed(int classes, int lines)
    {
        string[] text = Of(classes, truth: [0], predicted: [0]).ToString().Split('\n');
        text.Should().HaveCount(lines);
        text.Should().OnlyContain(line => line.Length < 200);
    }
}
