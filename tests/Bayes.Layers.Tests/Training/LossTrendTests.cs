using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Training;

public sealed class LossTrendTests
{
    [Fact]
    public void It_compares_the_last_quarter_with_the_one_before() =>
        AutomaticLength.FallOf([100, 90, 80, 70, 7, 5, 3, 1]).Should().Be(6 - 2);

    [Fact]
    public void It_is_negative_for_a_loss_that_rises() => AutomaticLength.FallOf([0, 0, 1, 3]).Should().Be(-2);

    [Fact]
    public void Fewer_than_four_epochs_have_no_trend() => AutomaticLength.FallOf([3, 2, 1]).Should().BeNull();
}
