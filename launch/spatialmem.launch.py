"""Start `spatialmem attach CONFIG` from ROS 2: ros2 launch launch/spatialmem.launch.py config:=robot.yaml

Of the settings a source `ros2` names the topics and frames; see attach.yaml. The namespace is that of the launch file
that includes this one, unless it is given. The command has to be that of the Python that ROS 2 is sourced for.
"""

from launch.actions import DeclareLaunchArgument, ExecuteProcess
from launch.substitutions import LaunchConfiguration

from launch import LaunchDescription


def generate_launch_description():
    """Return what is started, and the arguments that it takes."""
    arguments = [
        DeclareLaunchArgument("config", description="The YAML file of settings."),
        DeclareLaunchArgument(
            "namespace",
            default_value=LaunchConfiguration("ros_namespace", default="/"),
            description="Of the node and of topics that do not begin with a slash, such as /robot1.",
        ),
        DeclareLaunchArgument("use_sim_time", default_value="false", description="Take the time from /clock."),
        DeclareLaunchArgument(
            "ros_args",
            default_value="",
            description="More arguments of ROS, such as remappings: '-r depth:=/camera/depth/image_rect_raw'.",
        ),
        DeclareLaunchArgument("command", default_value="spatialmem", description="The command, or its path."),
    ]
    ros_args = [
        "-r __ns:=",
        LaunchConfiguration("namespace"),
        " -p use_sim_time:=",
        LaunchConfiguration("use_sim_time"),
        " ",
        LaunchConfiguration("ros_args"),
    ]
    attach = ExecuteProcess(
        cmd=[LaunchConfiguration("command"), "attach", LaunchConfiguration("config")],
        additional_env={"SPATIALMEM_ROS_ARGS": ros_args},
        output="screen",
    )
    return LaunchDescription([*arguments, attach])
