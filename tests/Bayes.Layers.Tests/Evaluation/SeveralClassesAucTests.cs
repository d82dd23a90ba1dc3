using Bayes.Layers.Evaluation;

namespace Bayes.Layers.Tests.Evaluation;

/// <summary>The area under the curve of several classes, compared with a count of all pairs.</summary>
public sealed class SeveralClassesAucTests : TorchTest
{
    /// <summary>Tenths, so that many scores are tied.</summary>
    private static readonly double[][] Rows =
    [
        [0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.1, 0.2, 0.7], [0.4, 0.4, 0.2], [0.3, 0.3, 0.4], [0.6, 0.2, 0.2],
        [0.2, 0.6, 0.2], [0.2, 0.2, 0.6], [0.4, 0.4, 0.2], [0.3, 0.4, 0.3], [0.5, 0.4, 0.1], [0.2, 0.3, 0.5],
    ];

    private static readonly int[] Classes = [0, 1, 2, 0, 2, 0, 1, 1, 1, 2, 1, 2];

    private static Tensor Probability => tensor([.. Rows.SelectMany(row => row)], float64).reshape(-1, 3);

    private static Tensor Target => tensor(Classes);

    [Fact]
    public void One_against_the_rest_is_the_mean_over_the_classes()
    {
        double[] areas = [.. Enumerable.Range(0, 3).Select(index => Area(index, _ => true))];
        RocAuc.OneVsRest(Probability, Target).Should().BeApproximately(areas.Average(), 1e-14);
        int[] sizes = [.. Enumerable.Range(0, 3).Select(index => Classes.Count(each => each == index))];
        RocAuc.OneVsRest(Probability, Target, weighted: true).Should().BeApproximately(areas.Zip(sizes, (area, size) => area * size).Sum() / 12,
            1e-14);
        areas.Distinct().Should().HaveCount(3);
    }

    [Fact]
    public void One_against_one_is_the_mean_over_the_pairs()
    {
        var areas = from index in Enumerable.Range(0, 3) from other in Enumerable.Range(0, 3) where other != index select Area(index, each =>
            each == index || each == other);
        RocAuc.OneVsOne(Probability, Target).Should().BeApproximately(areas.Average(), 1e-14);
    }

    [Fact]
    public void With_two_classes_both_equal_the_binary_area()
    {
        Tensor score = rand(50, float64), target = rand(50).lt(0.4).to(int64), rows = stack([1 - score, score], 1);
        foreach (double area in new[] { RocAuc.OneVsRest(rows, target), RocAuc.OneVsRest(rows, target, weighted: true), RocAuc.OneVsOne(rows,
            target) })
            area.Should().BeApproximately(RocAuc.Of(score, target), 1e-14);
    }

    /// <summary>Hand and Till's reason for this average: class sizes do not matter.</summary>
    [Fact]
    public void One_against_one_does_not_depend_on_class_frequencies()
    {
        Tensor often = cat([Probability, Probability[Target == 2], Probability[Target == 2]], 0), target = cat([Target, full(8, 2, int32)], 0);
        RocAuc.OneVsOne(often, target).Should().BeApproximately(RocAuc.OneVsOne(Probability, Target), 1e-14);
        RocAuc.OneVsRest(often, target).Should().NotBeApproximately(RocAuc.OneVsRest(Probability, Target), 1e-3);
    }

    [Fact]
    public void A_report_has_the_area_if_every_class_occurs()
    {
        var report = ClassificationReport.Of(Probability, Target);
        report.OneVsRestRocAuc.Should().Be(RocAuc.OneVsRest(Probability, Target));
        report.ToString().Should().Contain("one-vs-rest area under the ROC");
        ClassificationReport.Of(Probability[Target != 2], Target[Target != 2]).OneVsRestRocAuc.Should().BeNull();
    }

    [Fact]
    public void Targets_without_an_area_are_refused()
    {
        foreach (Func<Tensor, Tensor, double> area in new Func<Tensor, Tensor, double>[] { (rows, target) => RocAuc.OneVsRest(rows, target),
            RocAuc.OneVsOne })
        {
            area.Invoking(each => each(Probability, full(12, 1))).Should().Throw<ArgumentException>()
                .WithMessage("No target is of class 0; the area under the curve needs examples of all 3 classes.*");
            area.Invoking(each => each(rand(4), tensor(new[] { 0, 1, 0, 1 }))).Should().Throw<ArgumentException>()
                .WithMessage("The probability has shape [4]; expected [N, C] of all classes; use RocAuc.Of *");
        }
    }

    // Pairs of an example of the class and another one that the class's probability orders correctly, plus half of the tied ones.
    private static double Area(int index, Func<int, bool> isCounted)
    {
        var pairs = from i in Enumerable.Range(0, Classes.Length)
            where Classes[i] == index
            from j in Enumerable.Range(0, Classes.Length)
            where Classes[j] != index && isCounted(Classes[j])
            select Rows[i][index] > Rows[j][index] ? 1 : Rows[i][index] < Rows[j][index] ? 0 : 0.5;
        return pairs.Average();
    }
}
