using Bayes.Layers.Samples.Support.Running;

namespace Bayes.Layers.Tests.Samples.Running;

public sealed class TrainingDisplayTests
{
    private const string Numbers = "loss 0.1234 | negative log-likelihood 0.1234 | KL 123.4";

    [Theory]
    [InlineData(80, "epoch 9/400  0:05 left")]
    [InlineData(120, "epoch 9/400  " + Numbers + "  0:05 left")]
    public void Results_are_shown_if_they_leave_room_for_the_bar(int width, string expected)
    {
        string shown = TrainingDisplay.Description(9, 400, Numbers, TimeSpan.FromSeconds(5), width);
        shown.Should().Be(expected);
        (shown.Length + "  ".Length + 20 + "100%".Length).Should().BeLessThan(width);
    }

    [Fact]
    public void More_than_an_hour_is_shown_with_hours() =>
        TrainingDisplay.Description(1, 2, "", TimeSpan.FromMinutes(61), 80).Should().EndWith("1:01:00 left");
}
