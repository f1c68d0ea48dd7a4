package track_test
import "syscall"
func cpu() int64 { var u syscall.Rusage; syscall.Getrusage(0,&u); return u.Utime.Nano()+u.Stime.Nano() }
