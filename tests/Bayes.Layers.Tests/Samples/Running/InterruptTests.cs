using Bayes.Layers.Samples.Support.Running;

namespace Bayes.Layers.Tests.Samples.Running;

public sealed class InterruptTests
{
    [Fact]
    public void Only_the_first_press_during_work_that_can_end_early_is_a_request()
    {
        using var interrupt = new Interrupt();
        interrupt.Press().Should().BeFalse("nothing listens");
        interrupt.Token.IsCancellationRequested.Should().BeFalse();
        using (interrupt.Listen())
        {
            interrupt.Press().Should().BeTrue();
            interrupt.Token.IsCancellationRequested.Should().BeTrue();
            interrupt.Press().Should().BeFalse("the second one ends the process");
        }
        interrupt.Press().Should().BeFalse();
    }
}
